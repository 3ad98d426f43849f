//! A question that travels, and an answer that is waited for by a task, by a deadline and by a callback.
//!
//! ```text
//! cargo run --example completion
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::collections::HashMap;
use std::time::Duration;

use heist::sync::{Completion, mpsc};
use heist::time::timeout;

/// A request that carries the place for its answer, as a connection that multiplexes would keep it.
struct Request {
    word: &'static str,
    answer: Completion<usize>,
}

#[heist::main]
async fn main() {
    let (ask, mut requests) = mpsc::channel::<Request>(16);

    // Answers in its own order: the lengths of the words, longest first, when three have come.
    let server = heist::spawn(async move {
        let mut open = HashMap::new();
        while let Some(request) = requests.recv().await {
            open.insert(request.word, request.answer);
            if open.len() == 3 {
                let mut words: Vec<_> = open.drain().collect();
                words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
                for (word, answer) in words {
                    // Whoever was first counts; a request that was cancelled gets nothing.
                    if answer.set(word.len()).is_err() {
                        println!("nobody waits for {word:?} any more");
                    }
                }
            }
        }
    });

    let question = |word: &'static str| {
        let answer = Completion::new();
        let request = Request {
            word,
            answer: answer.clone(),
        };
        let ask = ask.clone();
        async move {
            ask.send(request).await.expect("the server runs");
            answer
        }
    };

    // One is awaited with a deadline, which passes, since there are not three yet.
    let impatient = question("impatient").await;
    if timeout(Duration::from_millis(5), impatient.wait())
        .await
        .is_err()
    {
        println!("cancelled: {}", impatient.cancel());
    }

    // One tells a callback, which is scheduled when the answer is there.
    let told = question("callback").await;
    told.add_done_callback(|length| println!("the callback has {} letters", length.unwrap()));

    // One has many waiters: each is resumed with the value.
    let shared = question("all").await;
    let waiters: Vec<_> = (0..3)
        .map(|n| {
            let shared = shared.clone();
            heist::spawn(async move {
                let length = shared.wait().await.expect("it is answered");
                println!("waiter {n} goes on with {length}");
            })
        })
        .collect();
    for waiter in waiters {
        waiter.await.expect("a waiter ends");
    }
    told.wait().await.expect("it is answered");
    println!(
        "now: {:?}, {:?}, {:?}",
        shared.get(),
        told.get(),
        impatient.get()
    );

    drop(ask);
    server.await.expect("the server ends");
}
