//! Macro calls that cannot be read.

use std::future::ready;

async fn no_branch() {
    heist::select! {} //~ `select!` needs a branch
}

async fn only_an_order() {
    heist::select! { biased; } //~ `select!` needs a branch
}

async fn no_comma() {
    heist::select! { //~ a branch of `select!` is `pattern = future => handler`, with a comma
        a = ready(1) => a
        b = ready(2) => b
    };
}

async fn no_handler() {
    heist::select! { a = ready(1) }; //~ a branch of `select!` is `pattern = future => handler`
}

async fn else_in_the_middle() {
    heist::select! { //~ `else` comes last
        else => {} //~ error
        a = ready(1) => a,
    };
}

async fn too_many_branches() {
    heist::select! { //~ `select!` takes at most 64 branches
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
        _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {} _ = ready(()) => {}
    }
}

async fn too_many_futures() {
    heist::join!( //~ `join!` takes at most 64 futures
        ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()),
        ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()),
        ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()),
        ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()),
        ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()), ready(()),
    );
}

async fn too_many_results() {
    let _: Result<_, ()> = heist::try_join!( //~ `try_join!` takes at most 64 futures
        ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())),
        ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())),
        ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())),
        ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())),
        ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())), ready(Ok(())),
    );
}

async fn a_pinned_expression() {
    heist::pin!(ready(())); //~ no rules expected
}

heist::task_local! {
    static WITH_A_VALUE: u32 = 1; //~ no rules expected
}

fn main() {}
