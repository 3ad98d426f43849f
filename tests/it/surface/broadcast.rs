//! The methods of `sync::broadcast`.

use heist::sync::broadcast;

#[test]
fn receiver() {
    methods! {
        fn(&broadcast::Receiver<u8>) -> usize = broadcast::Receiver::<u8>::len;
        fn(&broadcast::Receiver<u8>) -> bool = broadcast::Receiver::<u8>::is_empty;
        fn(&broadcast::Receiver<u8>, &broadcast::Receiver<u8>) -> bool = broadcast::Receiver::<u8>::same_channel;
        fn(&broadcast::Receiver<u8>) -> usize = broadcast::Receiver::<u8>::sender_strong_count;
        fn(&broadcast::Receiver<u8>) -> usize = broadcast::Receiver::<u8>::sender_weak_count;
        fn(&broadcast::Receiver<u8>) -> bool = broadcast::Receiver::<u8>::is_closed;
        fn(&broadcast::Receiver<u8>) -> broadcast::Receiver<u8> = broadcast::Receiver::<u8>::resubscribe;
        async (this: &mut broadcast::Receiver<u8>) -> Result<u8, broadcast::error::RecvError> = broadcast::Receiver::<u8>::recv;
        fn(&mut broadcast::Receiver<u8>) -> Result<u8, broadcast::error::TryRecvError> = broadcast::Receiver::<u8>::try_recv;
        fn(&mut broadcast::Receiver<u8>) -> Result<u8, broadcast::error::RecvError> = broadcast::Receiver::<u8>::blocking_recv;
    }
}

#[test]
fn sender() {
    methods! {
        fn(usize) -> broadcast::Sender<u8> = broadcast::Sender::<u8>::new;
        fn(&broadcast::Sender<u8>, u8) -> Result<usize, broadcast::error::SendError<u8>> = broadcast::Sender::<u8>::send;
        fn(&broadcast::Sender<u8>) -> broadcast::Receiver<u8> = broadcast::Sender::<u8>::subscribe;
        fn(&broadcast::Sender<u8>) -> broadcast::WeakSender<u8> = broadcast::Sender::<u8>::downgrade;
        fn(&broadcast::Sender<u8>) -> usize = broadcast::Sender::<u8>::len;
        fn(&broadcast::Sender<u8>) -> bool = broadcast::Sender::<u8>::is_empty;
        fn(&broadcast::Sender<u8>) -> usize = broadcast::Sender::<u8>::receiver_count;
        fn(&broadcast::Sender<u8>, &broadcast::Sender<u8>) -> bool = broadcast::Sender::<u8>::same_channel;
        async (this: &broadcast::Sender<u8>) -> () = broadcast::Sender::<u8>::closed;
        fn(&broadcast::Sender<u8>) -> usize = broadcast::Sender::<u8>::strong_count;
        fn(&broadcast::Sender<u8>) -> usize = broadcast::Sender::<u8>::weak_count;
    }
}

#[test]
fn weak_sender() {
    methods! {
        fn(&broadcast::WeakSender<u8>) -> Option<broadcast::Sender<u8>> = broadcast::WeakSender::<u8>::upgrade;
        fn(&broadcast::WeakSender<u8>) -> usize = broadcast::WeakSender::<u8>::strong_count;
        fn(&broadcast::WeakSender<u8>) -> usize = broadcast::WeakSender::<u8>::weak_count;
    }
}
