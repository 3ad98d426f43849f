//! The macros that wait for several futures at once, and what their expansions need.
//!
//! **How they are built.** Each macro has a public face that only tells the forms apart, and a hidden
//! one that reads the branches, gives each a label (a name, an index, a count, the narrowest
//! mask that has a bit for it), and writes the expansion. There are 64 labels and so at most 64
//! branches.
//!
//! **The rule.** The futures are put into one tuple in the frame of the user's `async` block and never move
//! again; a closure given to [`poll_fn`](std::future::poll_fn) holds one reference to the tuple, not one per
//! future, and polls each in place. So nothing is boxed, and a branch costs the size of its future.
//!
//! **Rejected.** A combinator type for each number of branches: 64 impls, and the projections of its fields
//! would be `unsafe` as well. `core::pin::pin!` for each future: safe, but another pointer in the frame
//! for each branch. One procedural macro for everything: it would have to parse the users' expressions itself,
//! where `macro_rules` leaves that to the compiler.
//!
//! **`unsafe`.** The expansions of `select!`, `join!` and `try_join!` contain one block each, to pin a field
//! of the tuple. It is sound because the tuple is shadowed by a reference to itself in the next line, so nothing can move
//! out of it before it is dropped in place.

mod join;
mod labels;
mod pin;
mod select;
#[doc(hidden)]
pub mod support;
mod try_join;
