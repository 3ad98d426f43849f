//! The methods of `sync::oneshot`.

use std::task::{Context, Poll};

use heist::sync::oneshot;

#[test]
fn receiver() {
    methods! {
        fn(&mut oneshot::Receiver<u8>) = oneshot::Receiver::<u8>::close;
        fn(&oneshot::Receiver<u8>) -> bool = oneshot::Receiver::<u8>::is_terminated;
        fn(&oneshot::Receiver<u8>) -> bool = oneshot::Receiver::<u8>::is_empty;
        fn(&mut oneshot::Receiver<u8>) -> Result<u8, oneshot::error::TryRecvError> = oneshot::Receiver::<u8>::try_recv;
        fn(oneshot::Receiver<u8>) -> Result<u8, oneshot::error::RecvError> = oneshot::Receiver::<u8>::blocking_recv;
    }
}

#[test]
fn sender() {
    methods! {
        fn(oneshot::Sender<u8>, u8) -> Result<(), u8> = oneshot::Sender::<u8>::send;
        async (this: &mut oneshot::Sender<u8>) -> () = oneshot::Sender::<u8>::closed;
        fn(&oneshot::Sender<u8>) -> bool = oneshot::Sender::<u8>::is_closed;
        fn(&mut oneshot::Sender<u8>, &mut Context<'_>) -> Poll<()> = oneshot::Sender::<u8>::poll_closed;
    }
}
