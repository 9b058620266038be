//! The twins of the fuzz targets: the same properties, tried on texts that are
//! near to what is read, on each run of the tests.

use proptest::prelude::*;

use super::*;

/// A text of words that mean something to a reader, with anything in between.
fn soup(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        8 => prop::sample::select(words).prop_map(|w| w.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
        1 => "\\PC{0,4}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(word, 0..24).prop_map(|words| words.concat())
}

/// A good text with a few bytes changed, left out or doubled.
fn damaged(good: String) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..3_u8);
    prop::collection::vec(change, 0..4).prop_map(move |changes| {
        let mut bytes = good.clone().into_bytes();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ if bytes.len() > 1 => {
                    bytes.remove(at);
                }
                _ => {}
            }
        }
        bytes
    })
}

fn header() -> String {
    String::from_utf8(Journal::header(&about()).unwrap()).unwrap()
}

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"a\"",
    "1",
    "null",
    "true",
    "-1e9",
    "\\u001b",
    "\u{1b}",
    "\"error\":",
    "\"code\":",
    "\"message\":",
    "\"details\":",
    "\"target\":",
    "\"value\":",
    "\"nextLink\":",
    "\"https://arm.example/x\"",
    "\"//evil\"",
    "\"properties\":",
    "\u{202e}",
];

const POLICY: &[&str] = &[
    "<policies>",
    "<a b=\"",
    "'",
    "\"",
    "@(",
    ")",
    "@{",
    "}",
    "{{",
    "}}",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "/>",
    "backend-id=\"",
    "<include-fragment fragment-id='f' />",
    "<set-backend-service backend-id=\"{{x}}-b\" />",
    "&quot;",
    "context.Api.Id",
    " == ",
    "\\",
    "x",
    "\n",
    "$\"{",
    "<set-body template=\"liquid\">",
    "</set-body>",
];

const TRAITS: &str = "version: 1\ngenerator: g\ndate: d\napiVersion: v\ntier: Premium\n\
    traits:\n  namesOfService: {api: free, tag: taken}\n  apiPathsOfService: free\n  \
    valuesInLiquid: unknown\n  apiBusyMs: 100\n";

const ADDRESS: &[&str] = &[
    "/",
    "/subscriptions/s",
    "/resourceGroups/g",
    "/providers/Microsoft.ApiManagement",
    "/service/n",
    "/services/n",
    "/apis/a",
    ";rev=",
    "2",
    "..",
    ".",
    "%2f",
    "\\",
    "?",
    "#",
    "/workspaces/w",
    "é",
    "\u{202e}",
    "//",
    "A",
];

const TERMINAL: &[&str] = &[
    "\u{1b}",
    "[",
    "31",
    ";",
    "m",
    "J",
    "]0;",
    "\u{7}",
    "\u{9b}",
    "\u{202e}",
    "\r",
    "\n",
    "\t",
    "\u{e0041}",
    "\"",
    "\\",
    "a",
    "\u{0}",
];

const SNAPSHOT: &str = r#"{"service":{"subscriptionId":"s","resourceGroup":"g","name":"n","sku":"Premium"},
"workspaces":[{"name":"w","properties":{"displayName":"W"},"gateways":["gw"]}],
"resources":[{"path":"/apis/a;rev=2","properties":{"path":"a"},"etag":"e","listedOnly":true},
{"path":"/namedValues/k","properties":{"secret":true,"value":"hush","displayName":"k"}}]}"#;

const BODY: &str = r#"{"properties":{"displayName":"a","path":"p","n":[1,{"x":null}]}}"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn policies(bytes in soup(POLICY)) {
        policy(&bytes);
    }

    #[test]
    fn errors_and_pages(bytes in prop_oneof![
        soup(JSON),
        damaged(r#"{"value":[{"id":"/a"}],"nextLink":"https://arm.example/n?x=1"}"#.to_owned()),
        damaged(r#"{"error":{"code":"c","message":"m","details":[{"target":"t"}]}}"#.to_owned()),
    ]) {
        arm_error(&bytes);
        list_page(&bytes);
    }

    #[test]
    fn ids_and_paths(bytes in soup(ADDRESS)) {
        addresses(&bytes);
        list_page(&bytes);
    }

    #[test]
    fn texts(bytes in soup(TERMINAL)) {
        defused(&bytes);
    }

    #[test]
    fn snapshots(bytes in damaged(SNAPSHOT.to_owned())) {
        snapshot(&bytes);
    }

    #[test]
    fn files_of_traits(bytes in damaged(TRAITS.to_owned())) {
        traits(&bytes);
    }

    #[test]
    fn journals(bytes in damaged(format!(
        "{}{}\n{}\n", header(),
        r#"{"event":"run-started","at":"t","what":"apply"}"#,
        r#"{"event":"step-intended","step":"tags/a","at":"t"}"#,
    ))) {
        journal(&bytes);
    }

    #[test]
    fn torn_journals(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        torn_journal(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn plans(bytes in damaged(PLAN.split("steps:").next().unwrap_or_default().to_owned() + "steps: []\n")) {
        plan_yaml(&bytes);
    }

    #[test]
    fn bodies(bytes in damaged(format!("{BODY}<policies><inbound><base /></inbound></policies>    "))) {
        plan_body(&bytes);
    }

    #[test]
    fn bodies_alone(bytes in damaged(BODY.to_owned())) {
        plan_body(&bytes);
    }
}

#[test]
fn every_cut_of_a_journal_keeps_what_was_complete() {
    let steps: Vec<u8> = (0..30).map(|n| n * 8).collect();
    for cut in 0..u16::MAX {
        let cut = usize::from(cut);
        let mut bytes = vec![(cut / 256) as u8, (cut % 256) as u8];
        bytes.extend(&steps[..3]);
        torn_journal(&bytes);
        if cut > 1_000 {
            break;
        }
    }
}

#[test]
fn yaml_that_grows_or_nests_without_end_is_refused_soon() {
    let began = std::time::Instant::now();
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..40 {
        let of = vec![format!("*a{}", n - 1); 9].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{of}]\n"));
    }
    for text in [
        bomb.clone(),
        format!("version: 1\nselection:\n  apis: [*a]\n{bomb}"),
        "[".repeat(100_000),
        "{a: ".repeat(50_000),
        "- ".repeat(100_000),
        "? ".repeat(50_000),
        "&a ".repeat(50_000),
        "!!x ".repeat(50_000),
        "a: |\n".repeat(50_000),
        "\"\\u".repeat(50_000),
    ] {
        plan_yaml(text.as_bytes());
    }
    assert!(began.elapsed().as_secs() < 30);
}
