//! Mistakes in the body are the compiler's to report, at the place where they are made.

#[heist::main]
async fn main() -> Result<(), String> {
    let answer = 42;
    answer //~ mismatched types
}

#[heist::main]
async fn with_an_argument(text: &str) -> Result<usize, String> {
    text.len() //~ mismatched types
}

#[heist::main]
async fn early_return(text: &str) -> usize {
    if text.is_empty() {
        return "nothing"; //~ mismatched types
    }
    text.len()
}

#[heist::main]
async fn no_return_type() {
    std::env::current_dir()?; //~ the `?` operator
}

#[heist::main]
async fn a_hidden_local() {
    drop(runtime); //~ cannot find value `runtime`
}

#[heist::main]
async fn a_hidden_local_beside_an_argument(_text: &str) {
    drop(runtime); //~ cannot find value `runtime`
}
