//! Whether ARM can be reached: name, connection, TLS, and what stands between.

use std::error::Error;
use std::time::{Duration, Instant};

use hyper_util::client::proxy::matcher::Matcher;
use serde_json::json;

use super::check::{Check, Verdict};
use crate::arm::{Endpoint, http_client};
use crate::secret::plain;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// Looks the address up and asks for anything at all, without a token: whatever
/// the answer, there is one.
pub(super) async fn check(endpoint: &Endpoint) -> Check {
    let address = endpoint.url().as_str().trim_end_matches('/');
    let check = |verdict, message: String| Check::new("endpoint", address, verdict, message);
    let proxy = proxy(endpoint);
    // Behind a proxy it is the proxy that looks names up.
    let found = match &proxy {
        None => addresses(endpoint).await,
        Some(_) => Ok(Vec::new()),
    };
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            let host = endpoint.url().host_str().unwrap_or_default();
            return check(Verdict::Failed, format!("`{host}` has no address: {why}"))
                .help(["check the endpoint, the network and its DNS"]);
        }
    };
    let began = Instant::now();
    let asked = match http_client(endpoint) {
        Ok(client) => client.get(endpoint.url().clone()).timeout(PATIENCE),
        Err(error) => return Check::error("endpoint", address, &error),
    };
    let way = match (&proxy, endpoint.is_loopback()) {
        (Some(proxy), _) => format!("through the proxy {proxy}"),
        (None, true) => "on this machine".to_owned(),
        (None, false) => "by TLS, without a proxy".to_owned(),
    };
    let answered = match asked.send().await {
        Err(error) => {
            let (what, help) = trouble(&error);
            check(Verdict::Failed, format!("{address} {way}: {what}")).help([help])
        }
        Ok(answer) => {
            let (status, took) = (answer.status(), began.elapsed().as_millis());
            let told = format!("{address} answered in {took} ms, {way}");
            match status.as_u16() {
                407 => check(
                    Verdict::Failed,
                    format!("{address} {way}: the proxy wants a sign-in"),
                )
                .help(["put user and password into HTTPS_PROXY"]),
                300..400 => check(Verdict::Warning, format!("{told}, with a redirect"))
                    .help(["ARM does not redirect: check what stands between"]),
                _ => check(Verdict::Ok, told),
            }
            .fact("status", status.as_u16())
            .fact("tookMs", json!(u64::try_from(took).unwrap_or(u64::MAX)))
        }
    };
    answered.fact("proxy", proxy).fact("addresses", found)
}

/// The proxy that requests go through, by the same rules as the client's;
/// without the user and password that it may have.
fn proxy(endpoint: &Endpoint) -> Option<String> {
    // The client asks nobody else for what is on this machine.
    if endpoint.is_loopback() {
        return None;
    }
    let uri = endpoint.url().as_str().parse().ok()?;
    let intercept = Matcher::from_system().intercept(&uri)?;
    let proxy = intercept.uri();
    let scheme = proxy.scheme_str().unwrap_or("http");
    let port = proxy.port().map(|port| format!(":{port}"));
    Some(plain(&format!(
        "{scheme}://{}{}",
        proxy.host()?,
        port.unwrap_or_default()
    )))
}

async fn addresses(endpoint: &Endpoint) -> Result<Vec<String>, String> {
    let url = endpoint.url();
    let host = url.host_str().unwrap_or_default();
    let name = format!("{host}:{}", url.port_or_known_default().unwrap_or(443));
    match tokio::time::timeout(PATIENCE, tokio::net::lookup_host(name)).await {
        Ok(Ok(found)) => Ok(found.map(|address| address.ip().to_string()).collect()),
        Ok(Err(error)) => Err(plain(&error.to_string())),
        Err(_) => Err(format!(
            "DNS did not answer within {} s",
            PATIENCE.as_secs()
        )),
    }
}

/// Why there was no answer, and what to do about it.
fn trouble(error: &reqwest::Error) -> (String, &'static str) {
    let chain = std::iter::successors(error.source(), |&error| error.source());
    let causes: Vec<String> = chain.map(ToString::to_string).collect();
    let root = plain(causes.last().map_or("", String::as_str));
    let is_tls = |cause: &String| {
        let cause = cause.to_ascii_lowercase();
        ["certificate", "tls", "handshake"]
            .iter()
            .any(|word| cause.contains(word))
    };
    if causes.iter().any(is_tls) {
        let help = "a proxy that opens TLS needs its certificate among the machine's";
        return (format!("TLS failed: {root}"), help);
    }
    let help = "check the endpoint, the network, and HTTPS_PROXY and NO_PROXY";
    match error.is_timeout() {
        true => (format!("no answer within {} s", PATIENCE.as_secs()), help),
        false => (format!("no answer: {root}"), help),
    }
}
