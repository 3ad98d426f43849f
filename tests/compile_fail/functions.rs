//! Items that cannot be an entry point or a test.

#[heist::main]
fn main() {} //~ the `async` keyword is missing: `#[main]` runs an `async fn`

mod arguments {
    #[heist::main]
    async fn main(count: usize) { //~ the main function takes no arguments
        println!("{count}");
    }
}

mod generics {
    #[heist::main]
    async fn main<T: Default>() -> T { //~ the main function cannot be generic
        T::default()
    }
}

#[heist::main]
pub struct Server; //~ `#[main]` goes on an `async fn`

#[heist::test]
fn not_async() {} //~ the `async` keyword is missing: `#[test]` runs an `async fn`

#[heist::test]
async fn argument(_count: usize) {} //~ a test takes no arguments

#[heist::test]
async fn generic<T>() {} //~ a test cannot be generic

#[heist::test]
#[test] //~ a second test attribute
async fn twice() {}

#[heist::test]
#[heist::test] //~ a second test attribute
async fn twice_ours() {}
