//! The methods of `sync::mpsc`.

use std::task::{Context, Poll};
use std::time::Duration;

use heist::sync::mpsc;

#[test]
fn owned_permit() {
    methods! {
        fn(mpsc::OwnedPermit<u8>, u8) -> mpsc::Sender<u8> = mpsc::OwnedPermit::<u8>::send;
        fn(mpsc::OwnedPermit<u8>) -> mpsc::Sender<u8> = mpsc::OwnedPermit::<u8>::release;
        fn(&mpsc::OwnedPermit<u8>, &mpsc::OwnedPermit<u8>) -> bool = mpsc::OwnedPermit::<u8>::same_channel;
        fn(&mpsc::OwnedPermit<u8>, &mpsc::Sender<u8>) -> bool = mpsc::OwnedPermit::<u8>::same_channel_as_sender;
    }
}

#[test]
fn permit() {
    methods! {
        fn(mpsc::Permit<'static, u8>, u8) = mpsc::Permit::<'static, u8>::send;
    }
}

#[test]
fn receiver() {
    methods! {
        async (this: &mut mpsc::Receiver<u8>) -> Option<u8> = mpsc::Receiver::<u8>::recv;
        async (this: &mut mpsc::Receiver<u8>, buffer: &mut Vec<u8>, limit: usize) -> usize = mpsc::Receiver::<u8>::recv_many;
        fn(&mut mpsc::Receiver<u8>) -> Result<u8, mpsc::error::TryRecvError> = mpsc::Receiver::<u8>::try_recv;
        fn(&mut mpsc::Receiver<u8>) -> Option<u8> = mpsc::Receiver::<u8>::blocking_recv;
        fn(&mut mpsc::Receiver<u8>, &mut Vec<u8>, usize) -> usize = mpsc::Receiver::<u8>::blocking_recv_many;
        fn(&mut mpsc::Receiver<u8>) = mpsc::Receiver::<u8>::close;
        fn(&mpsc::Receiver<u8>) -> bool = mpsc::Receiver::<u8>::is_closed;
        fn(&mpsc::Receiver<u8>) -> bool = mpsc::Receiver::<u8>::is_empty;
        fn(&mpsc::Receiver<u8>) -> usize = mpsc::Receiver::<u8>::len;
        fn(&mpsc::Receiver<u8>) -> usize = mpsc::Receiver::<u8>::capacity;
        fn(&mpsc::Receiver<u8>) -> usize = mpsc::Receiver::<u8>::max_capacity;
        fn(&mut mpsc::Receiver<u8>, &mut Context<'_>) -> Poll<Option<u8>> = mpsc::Receiver::<u8>::poll_recv;
        fn(&mut mpsc::Receiver<u8>, &mut Context<'_>, &mut Vec<u8>, usize) -> Poll<usize> = mpsc::Receiver::<u8>::poll_recv_many;
        fn(&mpsc::Receiver<u8>) -> usize = mpsc::Receiver::<u8>::sender_strong_count;
        fn(&mpsc::Receiver<u8>) -> usize = mpsc::Receiver::<u8>::sender_weak_count;
    }
}

#[test]
fn sender() {
    methods! {
        async (this: &mpsc::Sender<u8>, value: u8) -> Result<(), mpsc::error::SendError<u8>> = mpsc::Sender::<u8>::send;
        async (this: &mpsc::Sender<u8>) -> () = mpsc::Sender::<u8>::closed;
        fn(&mpsc::Sender<u8>, u8) -> Result<(), mpsc::error::TrySendError<u8>> = mpsc::Sender::<u8>::try_send;
        async (this: &mpsc::Sender<u8>, value: u8, timeout: Duration) -> Result<(), mpsc::error::SendTimeoutError<u8>> = mpsc::Sender::<u8>::send_timeout;
        fn(&mpsc::Sender<u8>, u8) -> Result<(), mpsc::error::SendError<u8>> = mpsc::Sender::<u8>::blocking_send;
        fn(&mpsc::Sender<u8>) -> bool = mpsc::Sender::<u8>::is_closed;
        async (this: &mpsc::Sender<u8>) -> Result<mpsc::Permit<'_, u8>, mpsc::error::SendError<()>> = mpsc::Sender::<u8>::reserve;
        async (this: &mpsc::Sender<u8>, n: usize) -> Result<mpsc::PermitIterator<'_, u8>, mpsc::error::SendError<()>> = mpsc::Sender::<u8>::reserve_many;
        async (this: mpsc::Sender<u8>) -> Result<mpsc::OwnedPermit<u8>, mpsc::error::SendError<()>> = mpsc::Sender::<u8>::reserve_owned;
        fn(&mpsc::Sender<u8>) -> Result<mpsc::Permit<'_, u8>, mpsc::error::TrySendError<()>> = mpsc::Sender::<u8>::try_reserve;
        fn(&mpsc::Sender<u8>, usize) -> Result<mpsc::PermitIterator<'_, u8>, mpsc::error::TrySendError<()>> = mpsc::Sender::<u8>::try_reserve_many;
        fn(mpsc::Sender<u8>) -> Result<mpsc::OwnedPermit<u8>, mpsc::error::TrySendError<mpsc::Sender<u8>>> = mpsc::Sender::<u8>::try_reserve_owned;
        fn(&mpsc::Sender<u8>, &mpsc::Sender<u8>) -> bool = mpsc::Sender::<u8>::same_channel;
        fn(&mpsc::Sender<u8>) -> usize = mpsc::Sender::<u8>::capacity;
        fn(&mpsc::Sender<u8>) -> mpsc::WeakSender<u8> = mpsc::Sender::<u8>::downgrade;
        fn(&mpsc::Sender<u8>) -> usize = mpsc::Sender::<u8>::max_capacity;
        fn(&mpsc::Sender<u8>) -> usize = mpsc::Sender::<u8>::strong_count;
        fn(&mpsc::Sender<u8>) -> usize = mpsc::Sender::<u8>::weak_count;
    }
}

#[test]
fn unbounded_receiver() {
    methods! {
        async (this: &mut mpsc::UnboundedReceiver<u8>) -> Option<u8> = mpsc::UnboundedReceiver::<u8>::recv;
        async (this: &mut mpsc::UnboundedReceiver<u8>, buffer: &mut Vec<u8>, limit: usize) -> usize = mpsc::UnboundedReceiver::<u8>::recv_many;
        fn(&mut mpsc::UnboundedReceiver<u8>) -> Result<u8, mpsc::error::TryRecvError> = mpsc::UnboundedReceiver::<u8>::try_recv;
        fn(&mut mpsc::UnboundedReceiver<u8>) -> Option<u8> = mpsc::UnboundedReceiver::<u8>::blocking_recv;
        fn(&mut mpsc::UnboundedReceiver<u8>, &mut Vec<u8>, usize) -> usize = mpsc::UnboundedReceiver::<u8>::blocking_recv_many;
        fn(&mut mpsc::UnboundedReceiver<u8>) = mpsc::UnboundedReceiver::<u8>::close;
        fn(&mpsc::UnboundedReceiver<u8>) -> bool = mpsc::UnboundedReceiver::<u8>::is_closed;
        fn(&mpsc::UnboundedReceiver<u8>) -> bool = mpsc::UnboundedReceiver::<u8>::is_empty;
        fn(&mpsc::UnboundedReceiver<u8>) -> usize = mpsc::UnboundedReceiver::<u8>::len;
        fn(&mut mpsc::UnboundedReceiver<u8>, &mut Context<'_>) -> Poll<Option<u8>> = mpsc::UnboundedReceiver::<u8>::poll_recv;
        fn(&mut mpsc::UnboundedReceiver<u8>, &mut Context<'_>, &mut Vec<u8>, usize) -> Poll<usize> = mpsc::UnboundedReceiver::<u8>::poll_recv_many;
        fn(&mpsc::UnboundedReceiver<u8>) -> usize = mpsc::UnboundedReceiver::<u8>::sender_strong_count;
        fn(&mpsc::UnboundedReceiver<u8>) -> usize = mpsc::UnboundedReceiver::<u8>::sender_weak_count;
    }
}

#[test]
fn unbounded_sender() {
    methods! {
        fn(&mpsc::UnboundedSender<u8>, u8) -> Result<(), mpsc::error::SendError<u8>> = mpsc::UnboundedSender::<u8>::send;
        async (this: &mpsc::UnboundedSender<u8>) -> () = mpsc::UnboundedSender::<u8>::closed;
        fn(&mpsc::UnboundedSender<u8>) -> bool = mpsc::UnboundedSender::<u8>::is_closed;
        fn(&mpsc::UnboundedSender<u8>, &mpsc::UnboundedSender<u8>) -> bool = mpsc::UnboundedSender::<u8>::same_channel;
        fn(&mpsc::UnboundedSender<u8>) -> mpsc::WeakUnboundedSender<u8> = mpsc::UnboundedSender::<u8>::downgrade;
        fn(&mpsc::UnboundedSender<u8>) -> usize = mpsc::UnboundedSender::<u8>::strong_count;
        fn(&mpsc::UnboundedSender<u8>) -> usize = mpsc::UnboundedSender::<u8>::weak_count;
    }
}

#[test]
fn weak_sender() {
    methods! {
        fn(&mpsc::WeakSender<u8>) -> Option<mpsc::Sender<u8>> = mpsc::WeakSender::<u8>::upgrade;
        fn(&mpsc::WeakSender<u8>) -> usize = mpsc::WeakSender::<u8>::strong_count;
        fn(&mpsc::WeakSender<u8>) -> usize = mpsc::WeakSender::<u8>::weak_count;
    }
}

#[test]
fn weak_unbounded_sender() {
    methods! {
        fn(&mpsc::WeakUnboundedSender<u8>) -> Option<mpsc::UnboundedSender<u8>> = mpsc::WeakUnboundedSender::<u8>::upgrade;
        fn(&mpsc::WeakUnboundedSender<u8>) -> usize = mpsc::WeakUnboundedSender::<u8>::strong_count;
        fn(&mpsc::WeakUnboundedSender<u8>) -> usize = mpsc::WeakUnboundedSender::<u8>::weak_count;
    }
}

#[test]
fn send_timeout_error() {
    methods! {
        fn(mpsc::error::SendTimeoutError<u8>) -> u8 = mpsc::error::SendTimeoutError::<u8>::into_inner;
    }
}

#[test]
fn try_send_error() {
    methods! {
        fn(mpsc::error::TrySendError<u8>) -> u8 = mpsc::error::TrySendError::<u8>::into_inner;
    }
}
