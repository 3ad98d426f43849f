//! Questions and answers.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustix::process::geteuid;

use crate::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use crate::net::{UnixListener, UnixStream};
use crate::runtime::WeakHandle;
use crate::sync::{Semaphore, oneshot};
use crate::time::{sleep, timeout};

/// Answers until told to stop.
pub(super) async fn serve(
    listener: &UnixListener,
    runtime: &WeakHandle,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut accepting = pin!(accept(listener, runtime));
    poll_fn(|cx| {
        if Pin::new(&mut stopped).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        accepting.as_mut().poll(cx)
    })
    .await;
}

async fn accept(listener: &UnixListener, runtime: &WeakHandle) {
    let places = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: others may give some back.
            sleep(PAUSE).await;
            continue;
        };
        let (runtime, place) = (runtime.clone(), places.clone().try_acquire_owned());
        crate::spawn(async move {
            let answered = async {
                if place.is_err() || !may_ask(&stream) {
                    return Ok(());
                }
                converse(stream, &runtime).await
            };
            // A client that is gone, or too slow, is no concern of ours.
            let _ = timeout(PATIENCE, answered).await;
        });
    }
}

/// Whether the peer is the user of this process, or root.
fn may_ask(stream: &UnixStream) -> bool {
    let peer = stream.peer_cred();
    peer.is_ok_and(|peer| peer.uid() == 0 || peer.uid() == geteuid().as_raw())
}

async fn converse(mut stream: UnixStream, runtime: &WeakHandle) -> std::io::Result<()> {
    let mut question = String::new();
    let (reader, mut writer) = stream.split();
    BufReader::new(reader.take(LONGEST_QUESTION))
        .read_line(&mut question)
        .await?;
    writer
        .write_all(answer(question.trim(), runtime).as_bytes())
        .await?;
    writer.shutdown().await
}

fn answer(question: &str, runtime: &WeakHandle) -> String {
    let Some(handle) = runtime.upgrade() else {
        return error("the runtime is gone");
    };
    let (word, argument) = question.split_once(' ').unwrap_or((question, ""));
    match (word, argument.parse::<usize>()) {
        ("ps", Err(_)) if argument.is_empty() => ok(&handle.tasks()),
        ("tree", Err(_)) if argument.is_empty() => ok(&handle.tasks().tree()),
        ("dump", Err(_)) if argument.is_empty() => ok(&handle.dump()),
        ("json", Err(_)) if argument.is_empty() => ok(&handle.dump().to_json(usize::MAX)),
        ("json", Ok(most)) => ok(&handle.dump().to_json(most)),
        _ => error("ask `ps`, `tree`, `dump`, `json` or `json N`"),
    }
}

fn ok(body: &impl std::fmt::Display) -> String {
    format!("{VERSION} ok\n{body}")
}

fn error(why: &str) -> String {
    format!("{VERSION} error: {why}\n")
}

const VERSION: &str = "heist/1";

/// Bytes of a question, its newline included.
const LONGEST_QUESTION: u64 = 64;

/// How long a conversation may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Conversations at once.
const MOST_CLIENTS: usize = 16;

/// After the system has refused a connection.
const PAUSE: Duration = Duration::from_millis(100);
