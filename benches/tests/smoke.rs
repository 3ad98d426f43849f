//! The program as its user meets it: rows run, results are printed, wrong use is refused.

#![cfg(target_os = "linux")]

use std::process::{Command, Output};

fn bench(line: &str) -> Output {
    let arguments = line.split(' ');
    let output = Command::new(env!("CARGO_BIN_EXE_heist-bench"))
        .args(arguments)
        .output();
    output.expect("heist-bench starts")
}

#[test]
fn a_row_with_processes_gives_a_line_per_peer() {
    let output = bench("net echo/3/100 --pairs 1 --seconds 0.2 --peers heist/2,tokio/2,epoll");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for peer in ["heist/2", "tokio/2", "epoll"] {
        assert!(text.contains(peer), "{peer} is missing in {text}");
    }
}

#[test]
fn a_row_of_one_process_gives_every_metric() {
    let output = bench("run-one heist/2 chained_spawn 1");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("\"time\""),
        "{text}"
    );
}

#[test]
fn rows_of_channels_run_on_both_runtimes() {
    for line in [
        "run-one heist/2 mpsc_contended/full/recv_many 1",
        "run-one tokio/2 watch/10 1",
        "run-one tokio/2 cancel_child/1000 1",
    ] {
        let output = bench(line);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("\"time\""),
            "{line}: {text}"
        );
    }
}

#[test]
fn a_peer_without_the_row_is_said_and_fails() {
    let output = bench("run-one epoll chained_spawn 1");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && text.contains("epoll has no row chained_spawn"),
        "{text}"
    );
}

#[test]
fn wrong_use_is_refused_before_anything_runs() {
    let output = bench("rt no_such_row");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        output.stdout.is_empty() && text.contains("no_such_row"),
        "{text}"
    );
}

/// Peers that this machine lacks are left out, so they are asked for one at a time.
#[test]
fn every_kind_of_server_answers_or_is_named() {
    for peer in ["smol/2", "io_uring", "monoio", "go", "asyncio", "uvloop"] {
        let output = bench(&format!(
            "net echo/3/100 --pairs 1 --seconds 0.2 --peers heist/1,{peer}"
        ));
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{peer}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(text.contains(peer), "{peer} is missing in {text}");
    }
}

#[test]
fn an_open_loop_keeps_its_rate_and_http_is_answered() {
    for row in [
        "echo_open/4/1000",
        "http_hello/2",
        "http_pipelined/2",
        "mixed",
    ] {
        for peer in ["heist/2", "tokio/2"] {
            let output = bench(&format!("run-one {peer} {row} 0.3"));
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && text.contains("\"p99\""),
                "{row} on {peer}: {text} {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

#[test]
fn a_folder_of_results_has_data_plots_and_a_page() {
    let folder = std::env::temp_dir().join(format!("heist-bench-out-{}", std::process::id()));
    let output = bench(&format!(
        "rt chained_spawn --pairs 1 --out {}",
        folder.display()
    ));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for file in ["results.json", "rt.svg", "report.html"] {
        let text = std::fs::read_to_string(folder.join(file)).expect(file);
        assert!(text.contains("chained_spawn"), "{file} lacks its row");
    }
    std::fs::remove_dir_all(folder).expect("the folder is there");
}

#[test]
fn heist_serves_and_runs_tasks_in_every_way() {
    for way in [
        "own/1",
        "lent/1",
        "lent/2",
        "pump/1",
        "current",
        "fd",
        "waker",
        "introspect/1",
        "debug/1",
    ] {
        for row in ["guest/echo/3/100", "guest/local_join_10k"] {
            let output = bench(&format!("run-one {way} {row} 0.1"));
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && text.contains("\"refused\":0.0"),
                "{row} on {way}: {text} {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}
