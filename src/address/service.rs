//! Which API Management service.

use std::fmt;
use std::str::FromStr;

use super::{AddressError, Name, PROVIDER, ResourcePath, segment_problem};

/// An API Management service: subscription, resource group, name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId {
    subscription: Name,
    resource_group: Name,
    name: Name,
}

impl ServiceId {
    /// Makes an id from its three parts.
    ///
    /// # Errors
    /// When a part is empty or holds a character that a path segment can't.
    pub fn new(subscription: &str, group: &str, name: &str) -> Result<Self, AddressError> {
        for part in [subscription, group, name] {
            if segment_problem(part).is_some() {
                return Err(AddressError::NotAPart(part.to_owned()));
            }
        }
        Ok(Self {
            subscription: Name::new(subscription),
            resource_group: Name::new(group),
            name: Name::new(name),
        })
    }

    /// The Azure subscription's id.
    pub fn subscription(&self) -> &str {
        self.subscription.as_str()
    }

    /// The resource group's name.
    pub fn resource_group(&self) -> &str {
        self.resource_group.as_str()
    }

    /// The service as people tell it from others: `contoso (resource group rg,
    /// subscription 0000)`.
    pub fn in_words(&self) -> String {
        let (group, subscription) = (self.resource_group(), self.subscription());
        format!(
            "{} (resource group {group}, subscription {subscription})",
            self.name()
        )
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the full ARM id of a resource of this service.
    pub fn id_of(&self, path: &ResourcePath) -> String {
        format!("{self}{path}")
    }

    /// Splits a full ARM id into its service and the path below it.
    ///
    /// Lenient on purpose: the service prints ids with odd case, and in one
    /// sample `/services/` for `/service/`.
    pub fn split(id: &str) -> Option<(ServiceId, &str)> {
        let mut rest = id.strip_prefix('/')?;
        let mut take = || -> Option<&str> {
            let (head, tail) = rest.split_once('/').unwrap_or((rest, ""));
            rest = tail;
            (!head.is_empty()).then_some(head)
        };
        let is = |text: &str, word: &str| text.eq_ignore_ascii_case(word).then_some(());
        is(take()?, "subscriptions")?;
        let subscription = take()?;
        is(take()?, "resourceGroups")?;
        let group = take()?;
        is(take()?, "providers")?;
        is(take()?, PROVIDER)?;
        let kind = take()?;
        is(kind, "service").or_else(|| is(kind, "services"))?;
        let name = take()?;
        let service = Self::new(subscription, group, name).ok()?;
        let below = &id[id.len() - rest.len()..];
        // The slash before the rest belongs to the rest.
        let below = if below.is_empty() && !id.ends_with('/') {
            ""
        } else {
            &id[id.len() - rest.len() - 1..]
        };
        Some((service, below))
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "/subscriptions/{}/resourceGroups/{}/providers/{PROVIDER}/service/{}",
            self.subscription, self.resource_group, self.name
        )
    }
}

impl FromStr for ServiceId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Self::split(text.trim_end_matches('/')) {
            Some((service, "")) => Ok(service),
            _ => Err(AddressError::NotAService(text.to_owned())),
        }
    }
}
