//! A large service.

use apim_migrate::address::{ResourcePath, ServiceId};
use apim_migrate::inventory::{Inventory, Resource, WorkspaceInfo};
use serde_json::{Value, json};

const POLICY: &str = "<policies>\r\n\t<inbound>\r\n\t\t<base />\r\n\t\t<include-fragment fragment-id=\"F\" />\r\n\t\t\
<set-header name=\"x\" exists-action=\"override\">\r\n\t\t\t<value>@(context.Request.Headers.GetValueOrDefault(\"a\", \"{{N}}\"))</value>\r\n\t\t</set-header>\r\n\t\t\
<set-backend-service backend-id=\"B\" />\r\n\t</inbound>\r\n\t<backend>\r\n\t\t<base />\r\n\t</backend>\r\n</policies>";

/// Adds a resource.
pub(crate) fn add(inventory: &mut Inventory, path: String, properties: Value) {
    let Value::Object(properties) = properties else {
        return;
    };
    let path: ResourcePath = path.parse().unwrap();
    inventory.insert(Resource::new(path, properties, Some("\"e\"".to_owned())).unwrap());
}

/// A service of about this many resources.
pub(crate) fn service(resources: usize) -> Inventory {
    let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
    inventory.sku = Some("Premium".to_owned());
    let workspace = WorkspaceInfo {
        gateways: vec!["gw".to_owned()],
        ..WorkspaceInfo::default()
    };
    inventory.workspaces.insert("w".to_owned(), workspace);
    let mut add = |path, properties| add(&mut inventory, path, properties);
    for i in 0..200 {
        add(
            format!("/namedValues/n{i}"),
            json!({"displayName": format!("N{i}"), "value": "v"}),
        );
        add(
            format!("/backends/b{i}"),
            json!({"url": "https://b.example", "protocol": "http"}),
        );
        add(
            format!("/policyFragments/f{i}"),
            json!({"format": "rawxml", "value": "<fragment><base /></fragment>"}),
        );
        add(
            format!("/tags/t{i}"),
            json!({"displayName": format!("T{i}")}),
        );
        add(
            format!("/products/p{i}"),
            json!({"displayName": format!("P{i}"), "subscriptionRequired": true}),
        );
    }
    let apis = resources / 200;
    for a in 0..apis {
        let k = a % 200;
        let policy = POLICY
            .replace("\"F\"", &format!("\"f{k}\""))
            .replace("{{N}}", &format!("{{{{N{k}}}}}"))
            .replace("\"B\"", &format!("\"b{k}\""));
        add(
            format!("/apis/a{a}"),
            json!({"displayName": format!("A{a}"), "path": format!("a{a}"), "apiRevision": "1", "isCurrent": true}),
        );
        add(
            format!("/apis/a{a}/policies/policy"),
            json!({"format": "rawxml", "value": policy}),
        );
        add(
            format!("/products/p{k}/apiLinks/a{a}"),
            json!({"apiId": format!("/apis/a{a}")}),
        );
        for o in 0..66 {
            add(
                format!("/apis/a{a}/operations/o{o}"),
                json!({"displayName": "O", "method": "GET", "urlTemplate": format!("/o/{o}"), "responses": [{"statusCode": 200, "representations": [{"contentType": "application/json"}]}]}),
            );
            add(
                format!("/apis/a{a}/operations/o{o}/policies/policy"),
                json!({"format": "rawxml", "value": policy}),
            );
            add(
                format!("/tags/t{k}/operationLinks/l{a}-{o}"),
                json!({"operationId": format!("/apis/a{a}/operations/o{o}")}),
            );
        }
    }
    inventory
}
