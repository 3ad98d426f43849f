//! The methods of `sync::watch`.

use heist::sync::watch;

#[test]
fn receiver() {
    methods! {
        fn(&watch::Receiver<u8>) -> watch::Ref<'_, u8> = watch::Receiver::<u8>::borrow;
        fn(&mut watch::Receiver<u8>) -> watch::Ref<'_, u8> = watch::Receiver::<u8>::borrow_and_update;
        fn(&watch::Receiver<u8>) -> Result<bool, watch::error::RecvError> = watch::Receiver::<u8>::has_changed;
        fn(&watch::Receiver<u8>) -> bool = watch::Receiver::<u8>::is_closed;
        fn(&mut watch::Receiver<u8>) = watch::Receiver::<u8>::mark_changed;
        fn(&mut watch::Receiver<u8>) = watch::Receiver::<u8>::mark_unchanged;
        async (this: &mut watch::Receiver<u8>) -> Result<(), watch::error::RecvError> = watch::Receiver::<u8>::changed;
        fn(&watch::Receiver<u8>, &watch::Receiver<u8>) -> bool = watch::Receiver::<u8>::same_channel;
    }
}

#[test]
fn borrowed() {
    methods! {
        fn(&watch::Ref<'static, u8>) -> bool = watch::Ref::<'static, u8>::has_changed;
    }
}

#[test]
fn sender() {
    methods! {
        fn(u8) -> watch::Sender<u8> = watch::Sender::<u8>::new;
        fn(&watch::Sender<u8>, u8) -> Result<(), watch::error::SendError<u8>> = watch::Sender::<u8>::send;
        fn(&watch::Sender<u8>, u8) -> u8 = watch::Sender::<u8>::send_replace;
        fn(&watch::Sender<u8>) -> watch::Ref<'_, u8> = watch::Sender::<u8>::borrow;
        fn(&watch::Sender<u8>) -> bool = watch::Sender::<u8>::is_closed;
        async (this: &watch::Sender<u8>) -> () = watch::Sender::<u8>::closed;
        fn(&watch::Sender<u8>) -> watch::Receiver<u8> = watch::Sender::<u8>::subscribe;
        fn(&watch::Sender<u8>) -> usize = watch::Sender::<u8>::receiver_count;
        fn(&watch::Sender<u8>) -> usize = watch::Sender::<u8>::sender_count;
        fn(&watch::Sender<u8>, &watch::Sender<u8>) -> bool = watch::Sender::<u8>::same_channel;
    }
}
