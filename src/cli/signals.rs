//! Interrupts: the first asks for a clean stop, the second for an end.

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Completes on Ctrl-C or, where there is such a thing, SIGTERM.
pub(crate) async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = term.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Listens for interrupts: the first cancels the token, the second completes
/// the receiver. Must be called within the runtime, which also ends it.
pub(crate) fn watch() -> (CancellationToken, oneshot::Receiver<()>) {
    let token = CancellationToken::new();
    let (second, receiver) = oneshot::channel();
    let stop = token.clone();
    tokio::spawn(async move {
        interrupt().await;
        stop.cancel();
        interrupt().await;
        // Nobody listens any more when the work ended in between.
        let _ = second.send(());
    });
    (token, receiver)
}
