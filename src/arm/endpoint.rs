//! Where ARM is: one base URL, and the scope of its tokens.

use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

/// A cloud of Azure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cloud {
    /// Azure.
    #[default]
    Public,
    /// Azure Government.
    UsGov,
    /// Azure operated by 21Vianet.
    China,
}

/// Why a URL can't be ARM's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is no URL.
    #[error("`{0}` is not a URL")]
    NotAUrl(String),
    /// It would send a token in clear over a network.
    #[error("`{0}` is neither https nor a loopback address")]
    NotSecure(String),
    /// It holds a path, a query or a user name.
    #[error("`{0}` must be nothing but scheme, host and port")]
    NotABase(String),
}

/// The base URL of ARM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
}

impl Endpoint {
    /// The endpoint of a cloud.
    pub fn cloud(cloud: Cloud) -> Self {
        let text = match cloud {
            Cloud::Public => "https://management.azure.com",
            Cloud::UsGov => "https://management.usgovcloudapi.net",
            Cloud::China => "https://management.chinacloudapi.cn",
        };
        // The literals above are URLs; a test builds each.
        Self {
            url: Url::parse(text).unwrap_or_else(|_| unreachable!("a literal URL")),
        }
    }

    /// The URL, with a trailing slash.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it is plain http on this machine.
    pub fn is_loopback(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The scope to ask a token for.
    pub fn token_scope(&self) -> String {
        format!("{}/.default", self.url.as_str().trim_end_matches('/'))
    }

    /// Takes a link, relative or not, that leads to this very endpoint; else
    /// tells which host it leads to. Of one that can't be read nothing is told: its
    /// query may be signed.
    pub fn own_link(&self, link: &str) -> Result<Url, String> {
        match self.url.join(link) {
            Ok(url) if self.owns(&url) => Ok(url),
            Ok(url) => Err(url.host_str().unwrap_or("none").to_owned()),
            Err(_) => Err("an address that can't be read".to_owned()),
        }
    }

    /// Whether a URL leads to this very endpoint: same scheme, host and port.
    pub fn owns(&self, url: &Url) -> bool {
        url.scheme() == self.url.scheme()
            && url.host() == self.url.host()
            && url.port_or_known_default() == self.url.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none()
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| EndpointError::NotAUrl(text.to_owned()))?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
            None => false,
        };
        let secure = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        if !secure || url.host().is_none() {
            return Err(EndpointError::NotSecure(text.to_owned()));
        }
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::NotABase(text.to_owned()));
        }
        Ok(Self { url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_only_for_this_machine() {
        for good in [
            "https://arm.example",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost:5/",
        ] {
            assert!(good.parse::<Endpoint>().is_ok(), "{good}");
        }
        for bad in [
            "http://10.0.0.1",
            "http://localhost.example",
            "ftp://x",
            "x",
            "https://a/b",
            "https://u:p@a",
        ] {
            assert!(bad.parse::<Endpoint>().is_err(), "{bad}");
        }
    }

    #[test]
    fn clouds_have_scopes_of_their_own() {
        for (cloud, scope) in [
            (Cloud::Public, "https://management.azure.com/.default"),
            (
                Cloud::UsGov,
                "https://management.usgovcloudapi.net/.default",
            ),
            (Cloud::China, "https://management.chinacloudapi.cn/.default"),
        ] {
            assert_eq!(Endpoint::cloud(cloud).token_scope(), scope);
        }
    }

    #[test]
    fn only_the_very_same_origin_is_owned() {
        let endpoint: Endpoint = "http://127.0.0.1:8080".parse().unwrap();
        let owns = |u: &str| endpoint.owns(&Url::parse(u).unwrap());
        assert!(owns("http://127.0.0.1:8080/a?b"));
        assert!(!owns("http://127.0.0.1:8081/a") && !owns("https://127.0.0.1:8080/a"));
        assert!(!owns("http://evil.example:8080/a") && !owns("http://u@127.0.0.1:8080/"));
    }
}
