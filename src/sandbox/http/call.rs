//! One request, taken apart.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::reply::Refusal;

/// A request to the service, without its transport.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// The decoded path.
    pub(crate) path: String,
    /// The decoded query, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The query as it came.
    pub(crate) raw_query: String,
    pub(crate) if_match: Option<String>,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// `http://host:port`, for links in answers.
    pub(crate) base: String,
    pub(crate) now: Instant,
}

impl Call {
    /// A query parameter; names are compared without regard to case.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn version(&self) -> &str {
        self.query("api-version").unwrap_or_default()
    }

    /// Whether the request's api-version is this one or a later one.
    pub(crate) fn is_since(&self, version: &str) -> bool {
        self.version() >= version
    }

    /// The `properties` of the body, or what is wrong with it.
    pub(crate) fn properties(&self) -> Result<Map<String, Value>, Refusal> {
        if self
            .content_type
            .contains("vnd.ms-azure-apim.policy.raw+xml")
        {
            let text = String::from_utf8_lossy(&self.body);
            let policy = json!({"format": "rawxml", "value": text});
            return Ok(policy.as_object().cloned().unwrap_or_default());
        }
        let unreadable = |why: String| {
            Refusal::arm(
                400,
                "InvalidRequestContent",
                format!("The request content was invalid and could not be deserialized: '{why}'."),
            )
        };
        if self.body.is_empty() {
            return Err(unreadable("it is empty".to_owned()));
        }
        let value: Value =
            serde_json::from_slice(&self.body).map_err(|error| unreadable(error.to_string()))?;
        let Value::Object(mut members) = value else {
            return Err(unreadable("it is not an object".to_owned()));
        };
        match members.remove("properties") {
            None | Some(Value::Null) => Err(Refusal::field(
                "properties",
                "Required member 'properties' is missing.",
            )),
            Some(Value::Object(properties)) => Ok(properties),
            Some(_) => Err(unreadable("'properties' is not an object".to_owned())),
        }
    }
}

/// Decodes `%XX`; what is no escape stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escape {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encodes everything but what is safe in any part of a URL.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Encodes a path, segment by segment.
pub(crate) fn encode_path(path: &str) -> String {
    let segments: Vec<_> = path.split('/').map(encode).collect();
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_made() {
        assert_eq!(decode("x%3Brev%3d2%"), "x;rev=2%");
        assert_eq!(encode_path("/apis/x;rev=2"), "/apis/x%3Brev%3D2");
        assert_eq!(decode(&encode("a b'ü")), "a b'ü");
    }
}
