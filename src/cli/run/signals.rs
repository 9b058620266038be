//! Interrupts: the first asks for a clean stop, the second for an end.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// What a shell says of a program that an interrupt ended.
const INTERRUPTED: i32 = 130;

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

/// How many times interrupts have been listened for; who came last hears them.
static WATCHES: AtomicUsize = AtomicUsize::new(0);

/// Listens for interrupts: the first cancels the token, the second completes
/// the receiver. Once that is dropped, the next ends the program as it does where
/// nobody listens. Must be called within the runtime, which also ends it.
pub(crate) fn watch() -> (CancellationToken, oneshot::Receiver<()>) {
    let token = CancellationToken::new();
    let (second, receiver) = oneshot::channel();
    let stop = token.clone();
    let mut interrupts = Interrupts::new();
    let mine = WATCHES.fetch_add(1, Ordering::Relaxed) + 1;
    tokio::spawn(async move {
        interrupts.next().await;
        if !second.is_closed() {
            stop.cancel();
            interrupts.next().await;
        }
        if second.send(()).is_err() && WATCHES.load(Ordering::Relaxed) == mine {
            std::process::exit(INTERRUPTED);
        }
    });
    (token, receiver)
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    /// Makes this test the program that is interrupted.
    const CHILD: &str = "APIM_MIGRATE_TEST_INTERRUPTED";

    #[test]
    fn an_interrupt_after_the_work_ends_the_program_as_if_nobody_listened() {
        if std::env::var_os(CHILD).is_some() {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                drop(watch());
                drop(watch());
                eprintln!("ready");
                tokio::time::sleep(std::time::Duration::from_secs(30)).await;
            });
        }
        let name = "an_interrupt_after_the_work_ends_the_program_as_if_nobody_listened";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([name, "--nocapture"])
            .env(CHILD, "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(said.map_while(Result::ok).any(|line| line == "ready"));
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-s", "INT", &pid]).status();
        assert!(sent.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(INTERRUPTED));
    }
}
