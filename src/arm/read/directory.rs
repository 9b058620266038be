//! What is beside a service: others of its subscription, other subscriptions.

use serde_json::Value;

use super::reader::read_list;
use crate::address::{PROVIDER, ServiceId};
use crate::arm::client::Arm;
use crate::arm::error::ArmError;

/// The API version of subscriptions.
const VERSION: &str = "2022-12-01";

/// Lists services and subscriptions. Sends GET and nothing else.
#[derive(Clone)]
pub struct Directory {
    arm: Arm,
}

impl Directory {
    /// Makes one.
    pub fn new(arm: Arm) -> Self {
        Self { arm }
    }

    /// The services of a subscription that the caller may see.
    ///
    /// # Errors
    /// When ARM refuses or can't be reached.
    pub async fn services(&self, subscription: &str) -> Result<Vec<ServiceId>, ArmError> {
        let path = format!("/subscriptions/{subscription}/providers/{PROVIDER}/service");
        let url = self.arm.url(&path, &[]);
        let items = read_list(&self.arm, url, &path, None).await?;
        let id = |item: &Value| item.get("id")?.as_str()?.parse().ok();
        Ok(items.iter().filter_map(id).collect())
    }

    /// The subscriptions that the caller may see: id and display name.
    ///
    /// # Errors
    /// When ARM refuses or can't be reached.
    pub async fn subscriptions(&self) -> Result<Vec<(String, String)>, ArmError> {
        let path = "/subscriptions";
        let url = self.arm.url_at(VERSION, path, &[]);
        let items = read_list(&self.arm, url, path, None).await?;
        let text = |item: &Value, member: &str| Some(item.get(member)?.as_str()?.to_owned());
        let both = |item| {
            let name = text(item, "displayName").unwrap_or_default();
            Some((text(item, "subscriptionId")?, name))
        };
        Ok(items.iter().filter_map(both).collect())
    }
}
