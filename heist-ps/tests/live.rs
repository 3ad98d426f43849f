//! The program as its user meets it, against a live runtime.

use std::fs;
use std::future::pending;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use heist::runtime::Builder;
use heist::task;

fn heist_ps(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heist-ps"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = heist_ps(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// One sentence on the standard error, nothing on the standard output.
fn refused(arguments: &[&str]) -> String {
    let output = heist_ps(arguments);
    assert!(
        !output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(
        why.starts_with("heist-ps: ") && why.lines().count() == 1,
        "{why}"
    );
    why
}

#[test]
fn a_live_runtime_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("live.sock");
    let rt = Builder::new_multi_thread()
        .worker_threads(1)
        .debug(true)
        .introspect(&socket)
        .build()
        .unwrap();
    rt.block_on(async {
        let parent = task::Builder::new().name("parent").spawn(async {
            let child = task::Builder::new().name("child").spawn(pending::<()>());
            child.unwrap().await.unwrap();
        });
        let parent = parent.unwrap();
        while rt.handle().tasks().len() < 2 {
            task::yield_now().await;
        }
        assert!(!parent.is_finished());
    });
    let socket = socket.to_str().unwrap();
    let table = said(&["ps", socket]);
    assert!(
        table.starts_with("ID ") && table.contains("child"),
        "{table}"
    );
    let tree = said(&["tree", socket]);
    assert!(tree.contains("\n└─ child"), "{tree}");
    assert!(said(&["dump", socket]).contains("slot 0"));
    let json: serde_json::Value = serde_json::from_str(&said(&["json", socket])).unwrap();
    assert_eq!(json["task_states"]["total"], 2);
    assert_eq!(json["tasks"].as_array().unwrap().len(), 2);
    assert!(refused(&["top", socket]).contains("needs a terminal"));
    drop(rt);
    assert!(refused(&["ps", socket]).contains("there is no socket"));
}

#[test]
fn what_is_wrong_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert!(refused(&["ps"]).contains("one path"));
    assert!(refused(&["pstree", "x"]).contains("there is no command"));
    assert!(refused(&["ps", &path("missing")]).contains("there is no socket"));
    fs::write(path("file"), "").unwrap();
    assert!(refused(&["tree", &path("file")]).contains("is not a socket"));
    drop(UnixListener::bind(path("dead")).unwrap());
    assert!(refused(&["ps", &path("dead")]).contains("has ended"));
    let stranger = stranger(Path::new(&path("stranger")));
    assert!(refused(&["ps", &path("stranger")]).contains("not a heist runtime"));
    stranger.join().unwrap();
    assert!(said(&["--help"]).contains("heist-ps top SOCKET"));
}

/// A server of something else, for one client.
fn stranger(path: &Path) -> thread::JoinHandle<()> {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut client, b"220 mail.example ESMTP\r\n").unwrap();
    })
}
