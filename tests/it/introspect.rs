//! The socket through which others look in: what it answers, to whom, and what becomes of its file.

use std::fs;
use std::future::pending;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use heist::runtime::{Builder, Runtime};
use heist::task;
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::support::watched;

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("heist.sock");
    (folder, path)
}

fn serving(path: &Path) -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .name("looked into")
        .introspect(path)
        .build()
}

/// The answer to a question, or to any bytes.
fn ask(path: &Path, question: &[u8]) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(question).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn questions_are_answered() {
    watched(|| {
        let (_folder, path) = folder();
        let rt = serving(&path).unwrap();
        let _task = task::Builder::new()
            .name("sought")
            .spawn_on(pending::<()>(), rt.handle());
        for question in ["ps\n", "tree\n", "dump\n", "json\n", "json 5\n"] {
            let answer = ask(&path, question.as_bytes());
            let body = answer.strip_prefix("heist/1 ok\n").expect(question);
            assert!(body.contains("sought"), "{question}: {body}");
        }
        assert!(ask(&path, b"dump\n").contains("\"looked into\""));
        assert!(!ask(&path, b"json 0\n").contains("sought"));
        for question in [&b"who\n"[..], b"\n", b"ps now\n", b"json -1\n", &[b'x'; 64]] {
            let answer = ask(&path, question);
            assert!(answer.starts_with("heist/1 error: "), "{answer}");
        }
        // Not even text: no answer, and the next one is answered all the same.
        assert_eq!(ask(&path, b"\xff\xff\n"), "");
        assert!(ask(&path, b"ps\n").contains("sought"));
    });
}

#[test]
fn answers_while_every_worker_is_blocked() {
    watched(|| {
        let (_folder, path) = folder();
        let rt = serving(&path).unwrap();
        let (begun, has_begun) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let stuck = rt.spawn(async move {
            begun.send(()).unwrap();
            let _ = held.lock().recv();
        });
        has_begun.recv().unwrap();
        let answer = ask(&path, b"dump\n");
        assert!(
            answer.contains(&format!("polls task {}", stuck.id())),
            "{answer}"
        );
        drop(release);
        rt.block_on(stuck).unwrap();
    });
}

#[test]
fn the_file_is_private_and_goes_with_the_runtime() {
    watched(|| {
        let (_folder, path) = folder();
        let rt = serving(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // A client that says nothing does not hold the shutdown up.
        let silent = UnixStream::connect(&path).unwrap();
        drop(rt);
        assert!(!path.exists());
        drop(silent);
        let rt = serving(&path).unwrap();
        rt.shutdown_background();
        assert!(!path.exists());
    });
}

#[test]
fn a_dead_socket_is_replaced_and_nothing_else() {
    watched(|| {
        let (folder, path) = folder();
        // As a process leaves it that was killed.
        drop(UnixListener::bind(&path).unwrap());
        let rt = serving(&path).unwrap();
        assert!(ask(&path, b"ps\n").starts_with("heist/1 ok"));

        let error = serving(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().contains("heist.sock"), "{error}");
        assert!(ask(&path, b"ps\n").starts_with("heist/1 ok"));

        let file = folder.path().join("notes");
        fs::write(&file, "keep").unwrap();
        let error = serving(&file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "keep");

        let nowhere = folder.path().join("missing/heist.sock");
        assert_eq!(serving(&nowhere).unwrap_err().kind(), ErrorKind::NotFound);

        // What somebody else has put in its place stays.
        fs::remove_file(&path).unwrap();
        fs::write(&path, "mine").unwrap();
        drop(rt);
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    });
}

/// Many clients at once, some of whom leave in the middle, and a runtime that ends under them.
#[test]
fn stress_clients_come_and_go() {
    watched(|| {
        let (_folder, path) = folder();
        let rt = serving(&path).unwrap();
        for _ in 0..100 {
            rt.spawn(pending::<()>());
        }
        let clients: Vec<_> = (0..4)
            .map(|number| {
                let path = path.clone();
                std::thread::spawn(move || {
                    let mut answers = 0;
                    for round in 0..50 {
                        let mut stream = UnixStream::connect(&path).unwrap();
                        stream.write_all(b"json\n").unwrap();
                        if (round + number) % 2 == 0 {
                            continue;
                        }
                        let mut answer = String::new();
                        stream.read_to_string(&mut answer).unwrap();
                        // Turned away, at most.
                        assert!(answer.is_empty() || answer.ends_with("]}"), "{answer}");
                        answers += usize::from(!answer.is_empty());
                    }
                    answers
                })
            })
            .collect();
        let answers: usize = clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .sum();
        assert!(answers > 0);
        drop(rt);
    });
}
