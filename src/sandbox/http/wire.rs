//! The server: bytes in, bytes out, and connections that can be made to break.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::reply::{Body, Reply};
use super::shared::{MAX_BODY, Raw, Shared};
use crate::sandbox::trouble::faults::Line;

/// Serves until it is told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: CancellationToken,
) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(shared);
    let service = router.into_make_service_with_connect_info::<Scissors>();
    axum::serve(Fragile(listener), service)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
}

/// Cuts the connection that a request came on.
#[derive(Debug, Clone, Default)]
struct Scissors(Arc<AtomicBool>);

/// A listener whose connections can be cut.
struct Fragile(TcpListener);

/// A connection that fails to be written to once it is cut.
struct Thread {
    stream: TcpStream,
    scissors: Scissors,
}

impl Listener for Fragile {
    type Io = Thread;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        let _ = stream.set_nodelay(true);
        let scissors = Scissors::default();
        (Thread { stream, scissors }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Fragile>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Fragile>) -> Self {
        stream.io().scissors.clone()
    }
}

impl Thread {
    fn whole(&self) -> io::Result<()> {
        if self.scissors.0.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Thread {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Thread {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let text = |name: &str| header_text(&parts.headers, name);
    let echo = text("x-ms-return-client-request-id").is_some_and(|t| t == "true");
    let raw = Raw {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization: text("authorization"),
        if_match: text("if-match"),
        content_type: text("content-type").unwrap_or_default(),
        correlation: text("x-ms-correlation-request-id"),
        client_request: text("x-ms-client-request-id").filter(|_| echo),
        body: axum::body::to_bytes(body, MAX_BODY)
            .await
            .ok()
            .map(|bytes| bytes.to_vec()),
    };
    let head = raw.method == "HEAD";
    // A request that has arrived is carried out even when its caller goes
    // away, as it is by the real service: so it is a task of its own.
    let carried_out = tokio::spawn(shared.handle(raw)).await;
    let (reply, line) = carried_out.unwrap_or_else(|_| (Reply::empty(500), Line::Whole));
    if line == Line::Cut {
        scissors.0.store(true, Ordering::SeqCst);
    }
    Ok(response(reply, head, line == Line::Torn))
}

/// Gives the first half and then an error, late enough for the half to leave.
async fn torn_after(half: Option<Bytes>) -> Option<(io::Result<Bytes>, Option<Bytes>)> {
    match half {
        Some(half) => Some((Ok(half), None)),
        None => {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Some((Err(io::ErrorKind::ConnectionReset.into()), None))
        }
    }
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn response(reply: Reply, head: bool, torn: bool) -> Response {
    let (kind, bytes) = match reply.body {
        Body::Empty => (None, Vec::new()),
        Body::Json(value) => {
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            let text = text.replace('\n', "\r\n");
            (Some("application/json; charset=utf-8"), text.into_bytes())
        }
        Body::Xml(text) => (
            Some("application/vnd.ms-azure-apim.policy.raw+xml; charset=utf-8"),
            text.into_bytes(),
        ),
        Body::Html(text) => (Some("text/html"), text.into_bytes()),
    };
    let body = if head {
        HttpBody::empty()
    } else if torn {
        let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
        HttpBody::from_stream(stream::unfold(Some(half), torn_after))
    } else {
        HttpBody::from(bytes)
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(kind) = kind.filter(|_| !head) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
