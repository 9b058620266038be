//! Interrupts: the first asks for a clean stop, the second for an end.

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Ctrl-C and, where there is such a thing, SIGTERM: on Windows nothing but Ctrl-C
/// is heard, and whoever ends the process otherwise leaves the rest to the journal.
/// None that comes after this was made is lost, nor does it end the program by itself.
#[derive(Debug)]
pub(crate) struct Interrupts {
    #[cfg(unix)]
    streams: Option<[tokio::signal::unix::Signal; 2]>,
}

impl Interrupts {
    /// Begins to listen. Must be called within the runtime.
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(unix)]
            streams: {
                use tokio::signal::unix::{SignalKind, signal};
                let term = signal(SignalKind::terminate());
                match (signal(SignalKind::interrupt()), term) {
                    (Ok(int), Ok(term)) => Some([int, term]),
                    _ => None,
                }
            },
        }
    }

    /// Completes on the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some([int, term]) = &mut self.streams {
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
            }
            return;
        }
        if tokio::signal::ctrl_c().await.is_err() {
            // What can't be listened to never comes.
            std::future::pending::<()>().await;
        }
    }
}

/// Listens for interrupts: the first cancels the token, the second completes
/// the receiver. Must be called within the runtime, which also ends it.
pub(crate) fn watch() -> (CancellationToken, oneshot::Receiver<()>) {
    let token = CancellationToken::new();
    let (second, receiver) = oneshot::channel();
    let stop = token.clone();
    let mut interrupts = Interrupts::new();
    tokio::spawn(async move {
        interrupts.next().await;
        stop.cancel();
        interrupts.next().await;
        // Nobody listens any more when the work ended in between.
        let _ = second.send(());
    });
    (token, receiver)
}
