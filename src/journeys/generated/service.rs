//! A service made of a number: every kind, names of every legal sort, policies
//! put together from all constructs. What a policy names is known, since it was
//! put in.

use serde_json::{Value, json};

/// Rolls that are the same for the same number.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(number: u64) -> Self {
        Self(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }

    fn chance(&mut self, of: usize) -> bool {
        self.roll(of) == 0
    }

    /// Some of a list, in its order, at least one.
    fn some<'a>(&mut self, of: &[&'a str]) -> Vec<&'a str> {
        let mut some: Vec<&str> = of.iter().copied().filter(|_| !self.chance(2)).collect();
        if some.is_empty() {
            some.push(of[self.roll(of.len())]);
        }
        some
    }
}

/// A stretch of a policy.
#[derive(Debug, Clone)]
pub(super) enum Bit {
    /// What no move changes.
    Said(String),
    /// The name of what stands at a path, as it is written.
    Name(String, String),
    /// Its display name.
    Display(String, String),
}

#[derive(Debug, Default)]
pub(super) struct Service {
    pub(super) resources: Vec<Value>,
    /// The policies, by path.
    pub(super) documents: Vec<(String, Vec<Bit>)>,
    named_values: Vec<(String, String)>,
    fragments: Vec<String>,
    backends: Vec<String>,
    certificates: Vec<String>,
    loggers: Vec<String>,
    schemas: Vec<String>,
    apis: Vec<String>,
}

/// The service of a number.
pub(super) fn service(number: u64) -> Service {
    let mut dice = Dice::of(number);
    let mut made = Service::default();
    made.shared(&mut dice);
    made.apis(&mut dice);
    made.products(&mut dice);
    made
}

const ODD: &[&str] = &[
    "plain",
    "Upper.Case",
    "with space",
    "50%",
    "a(b)",
    "x,y",
    "a=b",
    "a@b",
    "[x]",
    "ünï",
    "a--b",
    "n1",
    "under_score",
    "tilde~",
    "o'b",
];

impl Service {
    pub(super) fn seed(&self) -> Value {
        json!({
            "service": {"subscriptionId": "00000000-0000-0000-0000-000000000001", "resourceGroup": "rg", "name": "made", "sku": "Premium", "location": "westeurope"},
            "workspaces": [{"name": "team", "properties": {"displayName": "Team"}, "gateways": ["gw"]}],
            "resources": self.resources,
        })
    }

    fn add(&mut self, path: impl Into<String>, properties: Value) {
        let path = path.into();
        self.resources
            .push(json!({"path": path, "properties": properties}));
    }

    fn document(&mut self, path: String, bits: Vec<Bit>) {
        let text: String = bits.iter().map(Bit::source).collect();
        self.add(path.clone(), json!({"format": "rawxml", "value": text}));
        self.documents.push((path, bits));
    }

    fn shared(&mut self, dice: &mut Dice) {
        self.add("/users/1", json!({"email": "a@example.invalid", "firstName": "A", "lastName": "B", "state": "active"}));
        for name in dice.some(&["key", "Db.Key", "a_b-c", "0123456789abcdef01234567"]) {
            let display = format!("{}-Shown", name.trim_start_matches('0'));
            let path = format!("/namedValues/{name}");
            let value = match dice.roll(3) {
                0 => json!({"displayName": display, "value": "hush", "secret": true}),
                _ => json!({"displayName": display, "value": format!("is {name}")}),
            };
            self.add(path.clone(), value);
            self.named_values.push((path, display));
        }
        self.add("/certificates/vault", json!({"thumbprint": "0123456789ABCDEF0123456789ABCDEF01234567", "subject": "CN=x", "expirationDate": "2030-01-01T00:00:00Z", "keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/c"}}));
        self.certificates.push("vault".to_owned());
        for name in dice.some(ODD) {
            self.add(
                format!("/backends/{name}"),
                json!({"url": "https://b.example/x", "protocol": "http"}),
            );
            self.backends.push(name.to_owned());
        }
        if dice.chance(2) {
            let one = self.backends[0].clone();
            self.add(
                "/backends/pool",
                json!({"type": "Pool", "pool": {"services": [{"id": format!("/backends/{one}")}]}}),
            );
            self.backends.push("pool".to_owned());
        }
        for name in dice.some(&["hub", "insights-1"]) {
            let (kind, member) = match name {
                "hub" => (
                    "azureEventHub",
                    json!({"name": "h", "connectionString": "{{Logger-Credentials--1}}"}),
                ),
                _ => (
                    "applicationInsights",
                    json!({"instrumentationKey": "{{Logger-Credentials--1}}"}),
                ),
            };
            self.add(
                format!("/loggers/{name}"),
                json!({"loggerType": kind, "credentials": member}),
            );
            self.loggers.push(name.to_owned());
        }
        self.add(
            "/namedValues/66672b71463461136c78195a",
            json!({"displayName": "Logger-Credentials--1", "secret": true, "value": "hush"}),
        );
        for name in dice.some(&["json-1", "Schema.X"]) {
            self.add(
                format!("/schemas/{name}"),
                json!({"schemaType": "json", "document": {"type": "object"}}),
            );
            self.schemas.push(name.to_owned());
        }
        // Each may include those before it.
        for name in dice.some(&["geo", "Frag_1", "ünder-x", "f3"]) {
            let bits = self.body(dice, "fragment", 3);
            self.document(format!("/policyFragments/{name}"), bits);
            self.fragments.push(name.to_owned());
        }
        for name in dice.some(&["tag-a", "tag b"]) {
            self.add(
                format!("/tags/{name}"),
                json!({"displayName": format!("Tag {name}")}),
            );
        }
        self.add(
            "/apiVersionSets/vs",
            json!({"displayName": "Versions", "versioningScheme": "Segment"}),
        );
        self.add(
            "/groups/team",
            json!({"displayName": "The team", "type": "custom"}),
        );
    }

    fn apis(&mut self, dice: &mut Dice) {
        let names = dice.some(&[
            "orders",
            "Pay.ments",
            "with space",
            "50%",
            "a(b)",
            "ünï",
            "o'b",
            "a=b",
            "a,b",
        ]);
        for (index, name) in names.iter().enumerate() {
            let api = format!("/apis/{name}");
            let mut body = json!({"displayName": format!("API {index}"), "path": format!("p{index}/x"), "protocols": ["https"], "apiRevision": "1", "isCurrent": true, "serviceUrl": "https://s.example", "subscriptionRequired": true});
            if dice.chance(3) {
                body["apiVersion"] = json!(format!("v{index}"));
                body["apiVersionSetId"] = json!("/apiVersionSets/vs");
            }
            self.add(api.clone(), body.clone());
            self.apis.push((*name).to_owned());
            self.add(
                format!("{api}/schemas/s1"),
                json!({"contentType": "application/json", "document": {"value": "{}"}}),
            );
            self.below(dice, &api, index);
            if dice.chance(3) {
                let revision = format!("{api};rev=2");
                body["apiRevision"] = json!("2");
                body["isCurrent"] = json!(false);
                if dice.chance(2) {
                    body.as_object_mut().unwrap().remove("serviceUrl");
                }
                self.add(revision.clone(), body);
                self.below(dice, &revision, index);
            }
            if dice.chance(2) {
                self.add(
                    format!("{api}/releases/r1"),
                    json!({"apiId": api, "notes": "first"}),
                );
            }
            if dice.chance(2) {
                let logger = self.loggers[0].clone();
                let name = match logger.as_str() {
                    "hub" => "azuremonitor",
                    _ => "applicationinsights",
                };
                self.add(
                    format!("{api}/diagnostics/{name}"),
                    json!({"loggerId": format!("/loggers/{logger}"), "alwaysLog": "allErrors"}),
                );
            }
        }
    }

    fn below(&mut self, dice: &mut Dice, api: &str, index: usize) {
        let count = 1 + dice.roll(4);
        let mut names = dice.some(ODD);
        names.truncate(count);
        for (at, name) in names.iter().enumerate() {
            let operation = format!("{api}/operations/{name}");
            let mut body = json!({"displayName": format!("Op {at}"), "method": "GET", "urlTemplate": format!("/o{at}/{{id}}"), "templateParameters": [{"name": "id", "type": "string", "required": true}]});
            if dice.chance(2) && !api.contains(";rev=") {
                body["responses"] = json!([{"statusCode": 200, "representations": [{"contentType": "application/json", "schemaId": "s1", "typeName": "t"}]}]);
            }
            self.add(operation.clone(), body);
            if dice.chance(2) {
                let bits = self.policy(dice);
                self.document(format!("{operation}/policies/policy"), bits);
            }
            if dice.chance(3) && !api.contains(";rev=") {
                let first = self.tag();
                self.add(
                    format!("{first}/operationLinks/l{index}-{at}"),
                    json!({"operationId": operation}),
                );
            }
        }
        if !dice.chance(3) {
            let bits = self.policy(dice);
            self.document(format!("{api}/policies/policy"), bits);
        }
    }

    fn tag(&self) -> String {
        let mut paths = self.resources.iter().filter_map(|r| r["path"].as_str());
        paths
            .rfind(|p| p.starts_with("/tags/") && p.matches('/').count() == 2)
            .unwrap_or_default()
            .to_owned()
    }

    fn products(&mut self, dice: &mut Dice) {
        let required = !dice.chance(3);
        self.add(
            "/products/gold",
            json!({"displayName": "Gold", "state": "published", "subscriptionRequired": required}),
        );
        for (index, api) in self.apis.clone().iter().enumerate() {
            self.add(
                format!("/products/gold/apiLinks/l{index}"),
                json!({"apiId": format!("/apis/{api}")}),
            );
            if dice.chance(2) {
                let tag = self.tag();
                self.add(
                    format!("{tag}/apiLinks/a{index}"),
                    json!({"apiId": format!("/apis/{api}")}),
                );
            }
            if dice.chance(3) {
                self.add(format!("/subscriptions/of api{index}"), json!({"displayName": format!("Of {api}"), "scope": format!("/apis/{api}"), "ownerId": "/users/1", "state": "active", "primaryKey": format!("pk{index}"), "secondaryKey": format!("sk{index}")}));
            }
        }
        self.add(
            "/products/gold/groupLinks/g1",
            json!({"groupId": "/groups/developers"}),
        );
        self.add(
            "/products/gold/groupLinks/g2",
            json!({"groupId": "/groups/team"}),
        );
        if dice.chance(2) {
            let bits = self.policy(dice);
            self.document("/products/gold/policies/policy".to_owned(), bits);
        }
        if dice.chance(2) {
            self.add("/subscriptions/gold", json!({"displayName": "Of gold", "scope": "/products/gold", "ownerId": "/users/1", "state": "active", "primaryKey": "pk", "secondaryKey": "sk"}));
        }
    }

    fn policy(&self, dice: &mut Dice) -> Vec<Bit> {
        let mut bits = vec![Bit::said("<policies>\r\n\t<inbound>\n")];
        bits.extend(self.pieces(dice, 6));
        bits.push(Bit::said(
            "\n<base /></inbound>\n<backend><base /></backend>\n<outbound><base />",
        ));
        bits.extend(self.pieces(dice, 2));
        bits.push(Bit::said(
            "</outbound>\n<on-error><base /></on-error></policies>",
        ));
        bits
    }

    fn body(&self, dice: &mut Dice, root: &str, most: usize) -> Vec<Bit> {
        let mut bits = vec![Bit::said(format!("<{root}>\n"))];
        bits.extend(self.pieces(dice, most));
        bits.push(Bit::said(format!("</{root}>")));
        bits
    }

    fn pieces(&self, dice: &mut Dice, most: usize) -> Vec<Bit> {
        let count = dice.roll(most + 1);
        (0..count).flat_map(|_| self.piece(dice)).collect()
    }

    fn value(&self, dice: &mut Dice) -> Bit {
        let (path, display) = dice.pick(&self.named_values).clone();
        // Letters count the same in either case.
        match dice.chance(4) {
            true => Bit::Display(path, display.to_uppercase()),
            false => Bit::Display(path, display),
        }
    }

    fn named(&self, dice: &mut Dice, collection: &str, of: &[String]) -> Bit {
        let name = dice.pick(of);
        let path = format!("/{collection}/{name}");
        match dice.chance(4) {
            true => Bit::Name(path, name.to_ascii_uppercase()),
            false => Bit::Name(path, name.clone()),
        }
    }

    fn piece(&self, dice: &mut Dice) -> Vec<Bit> {
        let said = |text: &str| Bit::said(text);
        let backend = |dice: &mut Dice| self.named(dice, "backends", &self.backends);
        let around =
            |before: &str, bit: Bit, after: &str| vec![Bit::said(before), bit, Bit::said(after)];
        match dice.roll(20) {
            0 if !self.fragments.is_empty() => {
                let bit = self.named(dice, "policyFragments", &self.fragments);
                around("<include-fragment\n fragment-id = ' ", bit, "' />")
            }
            1 => around(
                "<set-backend-service id=\"apim-generated-policy\" backend-id=\"",
                backend(dice),
                "\" />",
            ),
            2 => around(
                "<set-header name=\"x\" exists-action=\"override\"><value>it's {{",
                self.value(dice),
                "}}'s @ b(</value></set-header>",
            ),
            3 => around(
                "<set-variable name=\"v\" value=\"@(&quot;{{",
                self.value(dice),
                "}}&quot; + 1 < 2)\" />",
            ),
            4 => around(
                "<!-- <x backend-id=\"plain\"> it's @( {{",
                self.value(dice),
                "}} -->",
            ),
            5 => around(
                "<set-body><![CDATA[<a b=\"{{",
                self.value(dice),
                "}}\">]]></set-body>",
            ),
            6 => around(
                "<set-body template=\"liquid\">{% if a &lt; 1 %}{{ body.x }} {{",
                self.value(dice),
                "}}</set-body>",
            ),
            7 => {
                // One literal that reaches a name, one that is equal to it.
                let name = dice.pick(&self.backends).clone();
                let path = format!("/backends/{name}");
                let variable = format!("b{}", dice.roll(1_000_000));
                vec![
                    said(&format!("<set-variable name=\"{variable}\" value=\"")),
                    Bit::Name(path, name.clone()),
                    said(&format!(
                        "\" /><set-header name=\"{variable}-{name}\"><value>{name}</value></set-header><set-backend-service backend-id=\"@((string)context.Variables[\"{variable}\"])\" />"
                    )),
                ]
            }
            8 => {
                let name = dice.pick(&self.backends);
                vec![said(&format!(
                    "<trace source=\"{name}\"><message>{name} backend-id=\"{name}\"</message></trace>"
                ))]
            }
            9 => {
                let bit = self.named(dice, "schemas", &self.schemas);
                around(
                    "<validate-content unspecified-content-type-action=\"ignore\" max-size=\"1024\" size-exceeded-action=\"ignore\"><content type=\"application/json\" validate-as=\"json\" action=\"ignore\" schema-id=\"",
                    bit,
                    "\" /></validate-content>",
                )
            }
            10 => {
                let bit = self.named(dice, "certificates", &self.certificates);
                around("<authentication-certificate certificate-id='", bit, "' />")
            }
            11 => vec![said(
                "<authentication-certificate thumbprint=\"0123456789abcdef0123456789ABCDEF01234567\" />",
            )],
            12 => {
                let bit = self.named(dice, "loggers", &self.loggers);
                around(
                    "<log-to-eventhub logger-id='",
                    bit,
                    "'>@( \"plain\" + '\"' )</log-to-eventhub>",
                )
            }
            13 => {
                let mut bits = around(
                    "<choose><when condition=\"@(context.Request.Headers.GetValueOrDefault(\"a\", \"{{",
                    self.value(dice),
                    "}}\") == \"x\")\">",
                );
                bits.extend(around("<set-backend-service backend-id=\"", backend(dice), "\" /></when><otherwise><set-status code=\"401\" reason=\"no\" /></otherwise></choose>"));
                bits
            }
            14 => around(
                "<set-header name=\"y\"><value>@{ /* ' \" ) */ var a = $\"{{not}} {1+1}\"; return a + @\"\\{{",
                self.value(dice),
                "}}\"; }</value></set-header>",
            ),
            15 => around(
                "<azure-openai-semantic-cache-lookup score-threshold=\"0.05\" embeddings-backend-id=\"",
                backend(dice),
                "\" embeddings-backend-auth=\"system-assigned\" />",
            ),
            16 => around(
                "<return-response><set-status code=\"200\" reason=\"{{",
                self.value(dice),
                "}}\" /></return-response>",
            ),
            17 => vec![said(
                "<set-query-parameter name=\"q\"><value>{{{{ x y }}}} {{no such}} { {a} }</value></set-query-parameter>",
            )],
            18 => around(
                "<send-request mode=\"new\" response-variable-name=\"r\"><set-url>https://x.example/{{",
                self.value(dice),
                "}}/y</set-url><authentication-basic username=\"{{a\" password=\"b}}\" /></send-request>",
            ),
            _ => vec![said(
                "<rewrite-uri template=\"/a?b={c}\" copy-unmatched-params=\"false\" />",
            )],
        }
    }
}

impl Bit {
    fn said(text: impl Into<String>) -> Self {
        Self::Said(text.into())
    }

    /// As it stands at the source.
    pub(super) fn source(&self) -> &str {
        match self {
            Bit::Said(text) | Bit::Name(_, text) | Bit::Display(_, text) => text,
        }
    }
}
