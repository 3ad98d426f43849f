//! `pin!`.

/// Pins futures to the frame of the current function.
///
/// `pin!(future)` replaces the variable `future` by a `Pin<&mut _>` to the value it held. The second
/// form, `pin! { let name = expression; }`, makes the variable too. Several names, or several
/// `let`s, may be given at once.
///
/// A pinned future can be awaited by reference, `(&mut future).await`, as one does to keep
/// it across rounds of [`select!`](crate::select).
///
/// # Examples
///
/// ```
/// # #[heist::main(flavor = "current_thread")]
/// # async fn main() {
/// let number = async { 7 };
/// heist::pin!(number);
/// assert_eq!((&mut number).await, 7);
///
/// heist::pin! {
///     let first = async { 1 };
///     let second = async { 2 };
/// }
/// assert_eq!(first.await + second.await, 3);
/// # }
/// ```
#[macro_export]
macro_rules! pin {
    ($($name:ident),+ $(,)?) => {
        $(
            #[allow(unused_mut)]
            let mut $name = ::core::pin::pin!($name);
        )+
    };
    ($(let $name:ident = $future:expr;)+) => {
        $(
            #[allow(unused_mut)]
            let mut $name = ::core::pin::pin!($future);
        )+
    };
}
