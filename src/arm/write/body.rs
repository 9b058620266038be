//! What is sent.

use std::fmt;

use serde_json::Value;

use crate::secret::{Redaction, Secret, wipe};

/// A request body. It may hold secrets, so it does not print itself, is
/// overwritten when dropped, and hides them in whatever the service says to it.
#[derive(Clone)]
pub struct Body {
    value: Option<Value>,
    secrets: Redaction,
}

impl Body {
    /// Wraps a JSON body. What stands in it under the name of a secret counts
    /// as one.
    pub fn new(value: Value) -> Self {
        let mut secrets = Redaction::default();
        secrets.add_members_of(&value);
        Self {
            value: Some(value),
            secrets,
        }
    }

    /// No body at all, as memberships by name have it.
    pub fn empty() -> Self {
        Self {
            value: None,
            secrets: Redaction::default(),
        }
    }

    /// Puts a secret in as a property.
    pub fn with_secret(mut self, property: &str, secret: &Secret) -> Self {
        let properties = self.value.as_mut().and_then(|v| v.get_mut("properties"));
        if let Some(properties) = properties.and_then(Value::as_object_mut) {
            properties.insert(property.to_owned(), Value::from(secret.expose()));
        }
        self.secrets.add(secret);
        self
    }

    pub(super) fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }

    pub(super) fn secrets(&self) -> &Redaction {
        &self.secrets
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(body) = &mut self.value {
            wipe(body);
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[body]")
    }
}
