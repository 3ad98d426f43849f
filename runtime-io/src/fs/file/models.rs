//! All interleavings of a task that writes and the jobs that write for it.

use std::io::IoSlice;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::thread;

use super::behind::{Accepted, Behind, Offer};

/// The job, with a vector for a file.
fn job(behind: &Behind) -> Vec<u8> {
    let (mut written, mut chunk) = (Vec::new(), Vec::new());
    while behind.next(&mut chunk, &mut None) {
        written.extend_from_slice(&chunk);
    }
    written
}

#[test]
fn loom_each_byte_has_a_job_and_one_job_at_a_time() {
    loom::model(|| {
        let behind = Arc::new(Behind::new());
        let mut cx = Context::from_waker(Waker::noop());
        let mut jobs = Vec::new();
        for byte in [b"a", b"b"] {
            let slices = [IoSlice::new(byte)];
            let mut offer = Offer::new(&slices, 8);
            let accepted = behind.poll_accept(&mut cx, &mut offer);
            match accepted {
                Poll::Ready(Ok(Accepted::Start)) => {
                    let behind = Arc::clone(&behind);
                    jobs.push(thread::spawn(move || job(&behind)));
                }
                Poll::Ready(Ok(Accepted::Joined)) => {}
                other => panic!("there is room, and nothing fails: {other:?}"),
            }
        }
        let written: Vec<u8> = jobs
            .into_iter()
            .flat_map(|job| job.join().unwrap())
            .collect();
        assert_eq!(written, b"ab");
        assert!(matches!(behind.poll_written(&mut cx), Poll::Ready(Ok(()))));
    });
}

#[test]
fn loom_a_task_that_waits_for_the_job_is_woken() {
    loom::model(|| {
        let behind = Arc::new(Behind::new());
        let slices = [IoSlice::new(b"a")];
        let mut cx = Context::from_waker(Waker::noop());
        let accepted = behind.poll_accept(&mut cx, &mut Offer::new(&slices, 8));
        assert!(matches!(accepted, Poll::Ready(Ok(Accepted::Start))));
        let worker = {
            let behind = Arc::clone(&behind);
            thread::spawn(move || job(&behind))
        };
        // loom finds a deadlock if the wake-up is lost.
        let settled = loom::future::block_on(std::future::poll_fn(|cx| behind.poll_written(cx)));
        settled.unwrap();
        assert_eq!(worker.join().unwrap(), b"a");
    });
}
