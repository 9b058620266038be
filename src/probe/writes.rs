//! How long-running writes are answered, what a first revision becomes, and who
//! may write to an API when.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::ProbeError;
use super::asking::{Asking, Tried, body, least};
use super::shape::{first_answer, long_running, poll_document, poll_url};
use crate::address::ResourcePath;
use crate::arm::{Body, is_busy};
use crate::catalog::{NAMED_VALUE, OPERATION, kind_of};
use crate::traits::{Count, FirstRevision, Writers};

/// The revision that is asked for.
const REVISION: &str = "4";

/// How many write to an API at once.
const CROWD: usize = 6;

/// How often a busy API is asked again, and how long.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(120);

pub(super) async fn ask(asking: &mut Asking<'_>) -> Result<(), ProbeError> {
    long(asking).await?;
    let Some(api) = asking.api.clone() else {
        for name in ["firstRevision", "apiBusyMs", "apiWriters"] {
            asking.note(name, "it takes an API");
        }
        return Ok(());
    };
    revision(asking, &api).await?;
    busy(asking, &api).await?;
    writers(asking, &api).await
}

/// Makes a named value, and one of the same display name, which fails.
async fn long(asking: &mut Asking<'_>) -> Result<(), ProbeError> {
    let named_value = &NAMED_VALUE;
    let (name, again) = (asking.fresh(), asking.fresh());
    let path = |name: &str| ResourcePath::top(named_value.collection(), name);
    let (Ok(at), Ok(again)) = (path(&name), path(&again)) else {
        return Ok(());
    };
    let of = || body(least(named_value, &name, ""));
    let well = match asking.watches(&at, &of()).await? {
        Ok(well) if well.outcome.is_ok() => well,
        other => {
            let why = match other {
                Err(tried) => tried.why(),
                Ok(watched) => watched.outcome.err().map(|e| e.to_string()),
            };
            for name in ["longRunning", "firstAnswer", "pollUrl", "pollDocument"] {
                let why = why.as_deref().unwrap_or_default();
                asking.note(name, format!("a named value: {why}"));
            }
            return Ok(());
        }
    };
    let failed = asking.watches(&again, &of()).await?.ok();
    let resource = asking.one.writer().id_of(&at);
    let known = &mut asking.probed.traits;
    known.long_running = long_running(&well);
    known.first_answer = first_answer(&well);
    known.poll_url = poll_url(&well, &resource);
    known.poll_document = poll_document(&well, failed.as_ref());
    Ok(())
}

/// Makes an API by a revision that is not the first.
async fn revision(asking: &mut Asking<'_>, like: &ResourcePath) -> Result<(), ProbeError> {
    let name = asking.fresh();
    let at = like.renamed(&format!("{name};rev={REVISION}"));
    let (Some(api), Ok(at)) = (kind_of(like), at) else {
        return Ok(());
    };
    let tried = asking
        .tries(&asking.one.writer(), &at, &body(least(api, &name, &name)))
        .await?;
    let answer = match tried {
        Tried::Accepted => {
            let read = format!(
                "/workspaces/{}/{}/{name}",
                asking.one.name(),
                api.collection()
            );
            let found = asking
                .reader
                .get(&read, &[])
                .await
                .map_err(ProbeError::Ask)?;
            let found = found.map(|f| f.body["properties"]["apiRevision"].clone());
            match found.as_ref().and_then(Value::as_str) {
                Some(REVISION) => FirstRevision::Asked,
                Some("1") => FirstRevision::One,
                _ => FirstRevision::Unknown,
            }
        }
        Tried::Refused(_) | Tried::Absent(_) => FirstRevision::Refused,
        Tried::Unclear(why) => {
            asking.note("firstRevision", why);
            FirstRevision::Unknown
        }
    };
    asking.probed.traits.first_revision = answer;
    Ok(())
}

/// Imports an API, and writes to it until that is taken.
async fn busy(asking: &mut Asking<'_>, like: &ResourcePath) -> Result<(), ProbeError> {
    const TRAIT: &str = "apiBusyMs";
    let name = asking.fresh();
    let (Some(api), Ok(at)) = (kind_of(like), like.renamed(&name)) else {
        return Ok(());
    };
    let definition = json!({
        "openapi": "3.0.1",
        "info": {"title": name, "version": "1"},
        "paths": {"/imported": {"get": {"operationId": "imported", "responses": {"200": {"description": "OK"}}}}},
    });
    let mut properties = least(api, &name, &name);
    properties.insert("format".to_owned(), json!("openapi+json"));
    properties.insert("value".to_owned(), json!(definition.to_string()));
    let imported = match asking.watches(&at, &body(properties)).await? {
        Ok(watched) => watched
            .outcome
            .map(|()| watched.ended)
            .map_err(|e| e.to_string()),
        Err(tried) => Err(tried.why().unwrap_or_default()),
    };
    let ended = match imported {
        Ok(ended) => ended,
        Err(why) => {
            asking.note(TRAIT, format!("an import: {why}"));
            return Ok(());
        }
    };
    let Some((at, body)) = operation(&at, 0) else {
        return Ok(());
    };
    let writer = asking.one.keen_writer();
    let mut busy = Duration::ZERO;
    loop {
        asking.go_on()?;
        match writer.put(&at, &[], &body, None).await {
            Ok(_) => break,
            Err(error) if is_busy(&error) && busy < LONGEST => {
                busy = ended.elapsed();
                sleep(PAUSE).await;
            }
            Err(error) => {
                asking.note(TRAIT, error.to_string());
                return Ok(());
            }
        }
    }
    let millis = u64::try_from(busy.as_millis()).unwrap_or(u64::MAX);
    asking.probed.traits.api_busy_ms = Count(Some(millis));
    Ok(())
}

/// Lets several write to an API at once.
async fn writers(asking: &mut Asking<'_>, api: &ResourcePath) -> Result<(), ProbeError> {
    asking.go_on()?;
    let writer = asking.one.keen_writer();
    let bodies: Vec<(ResourcePath, Body)> = (1..=CROWD).filter_map(|n| operation(api, n)).collect();
    let written = bodies
        .iter()
        .map(|(at, body)| writer.put(at, &[], body, None));
    let (mut busy, mut other) = (false, None);
    for result in join_all(written).await {
        match result {
            Ok(_) => {}
            Err(error) if is_busy(&error) => busy = true,
            Err(error) => other = Some(error.to_string()),
        }
    }
    asking.probed.traits.api_writers = match (busy, other) {
        (true, _) => Writers::One,
        (false, None) => Writers::Several,
        (false, Some(why)) => {
            asking.note("apiWriters", why);
            Writers::Unknown
        }
    };
    Ok(())
}

/// An operation of an API, like no other with another number.
fn operation(api: &ResourcePath, number: usize) -> Option<(ResourcePath, Body)> {
    let name = format!("probe-{number}");
    let at = api.child(OPERATION.collection(), &name).ok()?;
    let body = json!({"properties": {
        "displayName": name,
        "method": "GET",
        "urlTemplate": format!("/{name}"),
    }});
    Some((at, Body::new(body)))
}
