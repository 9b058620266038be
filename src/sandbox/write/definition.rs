//! What an imported definition says of its API as a whole.
//!
//! The sandbox reads no more of it: an import makes the API and nothing below.

use serde_json::{Value, json};

use crate::sandbox::store::Properties;

/// The members of an API that a definition gives, where it is JSON. Any other
/// says nothing here.
pub(crate) fn about(format: Option<&str>, definition: &str) -> Properties {
    let mut found = Properties::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            found.insert(name.to_owned(), value);
        }
    };
    match format {
        Some("graphql-link") => {
            set("type", json!("graphql"));
            set("serviceUrl", json!(definition));
            return found;
        }
        Some("wsdl" | "wsdl-link") => set("type", json!("soap")),
        _ => {}
    }
    let Ok(document) = serde_json::from_str::<Value>(definition) else {
        return found;
    };
    set("displayName", document["info"]["title"].clone());
    set("description", document["info"]["description"].clone());
    let license = &document["info"]["license"];
    if license.is_object() {
        set(
            "license",
            json!({"name": license["name"], "url": license["url"]}),
        );
    }
    set("serviceUrl", url(&document));
    set("protocols", document["schemes"].clone());
    found
}

/// Where the API that a definition describes is.
fn url(document: &Value) -> Value {
    if let Some(url) = document["servers"][0]["url"].as_str() {
        return json!(url);
    }
    let Some(host) = document["host"].as_str() else {
        return Value::Null;
    };
    let scheme = document["schemes"][0].as_str().unwrap_or("http");
    let base = document["basePath"].as_str().unwrap_or_default();
    json!(format!("{scheme}://{host}{base}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_tells_name_place_and_licence() {
        let two = r#"{"swagger": "2.0", "info": {"title": "T", "license": {"name": "MIT"}},
            "host": "h.invalid", "basePath": "/b", "schemes": ["https"]}"#;
        let found = about(Some("swagger-json"), two);
        assert_eq!(found["displayName"], "T");
        assert_eq!(found["serviceUrl"], "https://h.invalid/b");
        assert_eq!(found["license"]["name"], "MIT");
        let three = r#"{"openapi": "3.0.0", "info": {}, "servers": [{"url": "https://s"}]}"#;
        assert_eq!(
            about(Some("openapi+json"), three)["serviceUrl"],
            "https://s"
        );
        assert!(about(Some("openapi"), "openapi: 3.0.0").is_empty());
        assert_eq!(about(Some("graphql-link"), "https://g")["type"], "graphql");
    }
}
