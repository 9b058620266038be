//! Versions of the service's API.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A version of the service's API: a date, and whether it is a preview.
///
/// A preview comes before the version of the same date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiVersion {
    date: (u16, u8, u8),
    is_final: bool,
}

/// The versions that something in the table is known of, the newest last.
///
/// Later ones change nothing of what a workspace can have [types: 2026-03-01-preview
/// and 2026-09-01-preview], so that nothing is gained by reading at them.
pub const VERSIONS: &[ApiVersion] = &[
    ApiVersion::WRITTEN,
    JUNE_2024,
    OCTOBER_2024,
    MARCH_2025,
    SEPTEMBER_2025,
];

pub(super) const JUNE_2024: ApiVersion = ApiVersion::preview(2024, 6, 1);
pub(super) const OCTOBER_2024: ApiVersion = ApiVersion::preview(2024, 10, 1);
pub(super) const MARCH_2025: ApiVersion = ApiVersion::preview(2025, 3, 1);
pub(super) const SEPTEMBER_2025: ApiVersion = ApiVersion::preview(2025, 9, 1);

impl ApiVersion {
    /// What is written unless another one is chosen: the newest that is no
    /// preview.
    pub const WRITTEN: Self = Self {
        date: (2024, 5, 1),
        is_final: true,
    };

    const fn preview(year: u16, month: u8, day: u8) -> Self {
        Self {
            date: (year, month, day),
            is_final: false,
        }
    }

    /// The newest that something is known of, or this one where that is newer.
    pub fn newest_known(self) -> Self {
        VERSIONS.iter().copied().fold(self, Self::max)
    }

    /// The oldest version that a service takes, by what is shown of the service
    /// itself: below `minApiVersion` it refuses every call [contract 2.1].
    pub fn oldest_of(service: &Value) -> Option<Self> {
        let least = &service["properties"]["apiVersionConstraint"]["minApiVersion"];
        least.as_str()?.parse().ok()
    }

    /// Whether a service whose oldest version is this one takes it, for which
    /// the dates count.
    ///
    /// # Errors
    /// When it does not.
    pub fn taken_from(self, oldest: Option<Self>) -> Result<(), TooOld> {
        match oldest.filter(|oldest| self.date < oldest.date) {
            Some(oldest) => Err(TooOld {
                version: self,
                oldest,
            }),
            None => Ok(()),
        }
    }

    /// The versions to try when reading, the first one first: `self`, then the
    /// older ones that something is known of, and at last `written`.
    pub fn down_to(self, written: Self) -> Vec<Self> {
        let between = (VERSIONS.iter().rev().copied()).filter(|v| *v < self && *v > written);
        let mut all: Vec<Self> = std::iter::once(self).chain(between).collect();
        if written < self {
            all.push(written);
        }
        all
    }
}

impl Default for ApiVersion {
    fn default() -> Self {
        Self::WRITTEN
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date;
        let preview = if self.is_final { "" } else { "-preview" };
        write!(f, "{year:04}-{month:02}-{day:02}{preview}")
    }
}

/// A service takes this version no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service takes no api-version before {oldest}, and {version} is the one to write at")]
pub struct TooOld {
    version: ApiVersion,
    oldest: ApiVersion,
}

impl TooOld {
    /// What the user can do next.
    pub fn help(&self) -> String {
        format!("give `--api-version {}`, or a newer one", self.oldest)
    }
}

/// A text is no version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not of the form 2024-05-01 or 2024-06-01-preview")]
pub struct NotAVersion;

impl FromStr for ApiVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date = text.strip_suffix("-preview").unwrap_or(text);
        let mut parts = date.split('-');
        let mut number = |length: usize| {
            let part = parts.next().filter(|p| p.len() == length)?;
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (year, month, day) = (number(4), number(2), number(2));
        let (Some(year), Some(month), Some(day), None) = (year, month, day, parts.next()) else {
            return Err(NotAVersion);
        };
        let small = |n: u16| u8::try_from(n).map_err(|_| NotAVersion);
        Ok(Self {
            date: (year, small(month)?, small(day)?),
            is_final: date.len() == text.len(),
        })
    }
}

impl TryFrom<String> for ApiVersion {
    type Error = NotAVersion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ApiVersion> for String {
    fn from(version: ApiVersion) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> ApiVersion {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_dates_and_compare_as_such() {
        for text in ["2024-05-01", "2024-06-01-preview"] {
            assert_eq!(v(text).to_string(), text);
        }
        for bad in [
            "",
            "latest",
            "2024-05-1",
            "2024-05-01&x=1",
            "2024/05/01",
            "+024-05-01",
        ] {
            assert!(bad.parse::<ApiVersion>().is_err(), "{bad}");
        }
        assert!(v("2024-05-01-preview") < v("2024-05-01"));
        assert!(v("2024-05-01") < v("2024-06-01-preview"));
        assert_eq!(ApiVersion::default(), v("2024-05-01"));
        assert_eq!(ApiVersion::WRITTEN.to_string(), crate::arm::API_VERSION);
    }

    #[test]
    fn what_is_read_steps_down_to_what_is_written() {
        let down = |from: &str, to: &str| -> Vec<String> {
            let all = v(from).down_to(v(to));
            all.iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            down("2026-09-01-preview", "2024-10-01-preview"),
            [
                "2026-09-01-preview",
                "2025-09-01-preview",
                "2025-03-01-preview",
                "2024-10-01-preview"
            ]
        );
        assert_eq!(down("2024-05-01", "2024-05-01"), ["2024-05-01"]);
        assert_eq!(ApiVersion::WRITTEN.newest_known(), v("2025-09-01-preview"));
        assert!(VERSIONS.is_sorted());
    }

    #[test]
    fn a_service_takes_what_is_not_before_its_oldest_version() {
        let service = |least: Value| serde_json::json!({"properties": {"apiVersionConstraint": {"minApiVersion": least}}});
        for (least, version, taken) in [
            (Value::Null, "2021-08-01", true),
            ("".into(), "2021-08-01", true),
            ("2024-05-01".into(), "2024-05-01", true),
            ("2024-05-01".into(), "2023-09-01-preview", false),
            ("2024-10-01-preview".into(), "2024-05-01", false),
            ("2024-10-01".into(), "2024-10-01-preview", true),
        ] {
            let oldest = ApiVersion::oldest_of(&service(least));
            assert_eq!(
                v(version).taken_from(oldest).is_ok(),
                taken,
                "{version} {oldest:?}"
            );
        }
        let help = v("2024-05-01")
            .taken_from(Some(MARCH_2025))
            .unwrap_err()
            .help();
        assert_eq!(
            help,
            "give `--api-version 2025-03-01-preview`, or a newer one"
        );
    }
}
