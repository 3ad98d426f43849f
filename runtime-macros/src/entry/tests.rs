//! The errors, word for word and token for token, and the shape of the expansion.
//!
//! These run without a compiler around them, so they hold for every version of it. That real
//! programs are refused in the same words is checked by `tests/compile_fail.rs` of the facade.

use super::*;

/// What is reported for an item: each message with the source text it points at.
fn reported(kind: Kind, options: &str, item: &str) -> Vec<(String, String)> {
    let mut errors = Vec::new();
    try_expand(kind, tokens(options), tokens(item), &mut errors);
    let pair = |error: Error| (error.to_string(), source(&error));
    errors.into_iter().map(pair).collect()
}

/// The expansion of an item without mistakes, with blanks made uniform.
fn expanded(kind: Kind, options: &str, item: &str) -> String {
    let mut errors = Vec::new();
    let output = try_expand(kind, tokens(options), tokens(item), &mut errors);
    assert!(errors.is_empty(), "{errors:?}");
    output.to_string()
}

fn tokens(source: &str) -> TokenStream {
    source
        .parse()
        .expect("the tokens of a test are well-formed")
}

fn source(error: &Error) -> String {
    error.span().source_text().unwrap_or_default()
}

fn assert_reported(kind: Kind, options: &str, item: &str, expected: &[(&str, &str)]) {
    let reported = reported(kind, options, item);
    let reported: Vec<_> = reported.iter().map(|(text, at)| (&**text, &**at)).collect();
    assert_eq!(reported, expected, "#[{kind:?}({options})] {item}");
}

fn assert_option_error(kind: Kind, options: &str, text: &str, at: &str) {
    assert_reported(kind, options, "async fn main() {}", &[(text, at)]);
}

/// `tokens` as `to_string` would show them.
fn spaced(source: &str) -> String {
    tokens(source).to_string()
}

#[test]
fn a_function_that_is_not_async_is_pointed_at_its_fn() {
    let text = "the `async` keyword is missing: `#[main]` runs an `async fn`";
    assert_reported(Kind::Main, "", "pub fn main() {}", &[(text, "fn")]);
    let text = "the `async` keyword is missing: `#[test]` runs an `async fn`";
    assert_reported(Kind::Test, "", "fn works() {}", &[(text, "fn")]);
}

#[test]
fn something_else_than_a_function_is_refused() {
    let text = "`#[main]` goes on an `async fn`";
    assert_reported(Kind::Main, "", "pub struct Server;", &[(text, "struct")]);
    assert_reported(
        Kind::Main,
        "",
        "#[derive(Debug)] enum Side {}",
        &[(text, "enum")],
    );
    let text = "`#[test]` goes on an `async fn`";
    assert_reported(Kind::Test, "", "mod tests {}", &[(text, "mod")]);
}

#[test]
fn a_function_without_a_body_is_refused() {
    let text = "`#[main]` needs a function with a body";
    assert_reported(Kind::Main, "", "async fn main();", &[(text, ";")]);
}

#[test]
fn arguments_of_main_and_of_tests_are_refused() {
    let text = "the main function takes no arguments";
    assert_reported(
        Kind::Main,
        "",
        "async fn main(a: u8, b: u8) {}",
        &[(text, "a: u8, b: u8")],
    );
    let text = "a test takes no arguments";
    assert_reported(
        Kind::Test,
        "",
        "async fn works(&self) {}",
        &[(text, "&self")],
    );
}

#[test]
fn generic_parameters_of_main_and_of_tests_are_refused() {
    let text = "the main function cannot be generic";
    assert_reported(
        Kind::Main,
        "",
        "async fn main<T: Copy>() {}",
        &[(text, "<T: Copy>")],
    );
    let text = "a test cannot be generic";
    assert_reported(Kind::Test, "", "async fn works<'a>() {}", &[(text, "<'a>")]);
}

#[test]
fn only_the_function_called_main_must_be_bare() {
    assert_reported(
        Kind::Main,
        "",
        "async fn run<T>(value: T) -> T { value }",
        &[],
    );
}

#[test]
fn a_second_test_attribute_is_refused() {
    for second in [
        "#[test]",
        "#[core::prelude::v1::test]",
        "#[::core::prelude::v1::test]",
        "#[std::prelude::rust_2024::test]",
        "#[heist::test]",
        "#[heist::test(flavor = \"multi_thread\")]",
    ] {
        let item = format!("#[ignore] {second} async fn works() {{}}");
        assert_reported(Kind::Test, "", &item, &[(SECOND_TEST, second)]);
    }
    assert_reported(
        Kind::Test,
        "",
        "#[should_panic] #[my::test_log] async fn works() {}",
        &[],
    );
}

#[test]
fn an_unknown_option_lists_the_known_ones() {
    let text = "unknown option `worker_thread`; \
                the options are `flavor`, `worker_threads`, `start_paused`, `name`, `crate`";
    assert_option_error(Kind::Main, "worker_thread = 2", text, "worker_thread");
}

#[test]
fn an_unknown_flavor_lists_the_known_ones() {
    let text = "unknown flavor \"basic\"; \
                the flavors are \"multi_thread\", \"current_thread\" and \"local\"";
    assert_option_error(Kind::Main, "flavor = \"basic\"", text, "\"basic\"");
}

#[test]
fn a_value_of_the_wrong_type_shows_an_example() {
    for (options, text, at) in [
        (
            "flavor = 1",
            "`flavor` must be a string, as in `flavor = \"multi_thread\"`",
            "1",
        ),
        (
            "worker_threads = \"4\"",
            "`worker_threads` must be a whole number, as in `worker_threads = 4`",
            "\"4\"",
        ),
        (
            "worker_threads = -1",
            "`worker_threads` must be a whole number, as in `worker_threads = 4`",
            "-1",
        ),
        (
            "worker_threads = 99999999999999999999",
            "`worker_threads` must be a whole number, as in `worker_threads = 4`",
            "99999999999999999999",
        ),
        (
            "start_paused = 1",
            "`start_paused` must be `true` or `false`, as in `start_paused = true`",
            "1",
        ),
        (
            "name = main",
            "`name` must be a string, as in `name = \"workers\"`",
            "main",
        ),
        (
            "crate = 1 + 2",
            "`crate` must be a path or a string, as in `crate = \"my::heist\"`",
            "1 + 2",
        ),
        (
            "crate = \"my heist\"",
            "`crate` must be the path of a crate, as in `crate = \"my::heist\"`",
            "\"my heist\"",
        ),
    ] {
        assert_option_error(Kind::Main, options, text, at);
    }
}

#[test]
fn zero_workers_and_an_empty_name_are_refused() {
    let text = "`worker_threads` must be greater than 0";
    assert_option_error(Kind::Main, "worker_threads = 0", text, "0");
    let text = "`name` must not be empty";
    assert_option_error(Kind::Main, "name = \"\"", text, "\"\"");
}

#[test]
fn workers_need_the_multi_thread_runtime() {
    let options = "worker_threads = 2, flavor = \"current_thread\"";
    let text = "`worker_threads` needs the multi-thread runtime: \
                add `flavor = \"multi_thread\"`, or leave it out";
    assert_option_error(Kind::Main, options, text, "worker_threads");
    assert_option_error(Kind::Test, "worker_threads = 2", text, "worker_threads");
}

#[test]
fn an_option_given_twice_is_refused_at_the_second() {
    let options = "flavor = \"multi_thread\", worker_threads = 2, flavor = \"current_thread\"";
    let mut errors = Vec::new();
    try_expand(
        Kind::Main,
        tokens(options),
        tokens("async fn main() {}"),
        &mut errors,
    );
    let [error] = &errors[..] else {
        panic!("one error, not {errors:?}");
    };
    assert_eq!(error.to_string(), "`flavor` is given twice");
    assert_eq!(
        error.span().start().column,
        options.rfind("flavor").expect("it is there")
    );
}

#[test]
fn an_option_without_a_value_shows_an_example() {
    let text = "`flavor` needs a value, as in `flavor = \"multi_thread\"`";
    assert_option_error(Kind::Main, "flavor", text, "flavor");
    let text = "`start_paused` needs a value, as in `start_paused = true`";
    assert_option_error(Kind::Main, "start_paused(true)", text, "start_paused");
    let text = "expected an option, such as `flavor = \"multi_thread\"`";
    assert_option_error(Kind::Main, "\"multi_thread\"", text, "\"multi_thread\"");
}

#[test]
fn every_mistake_is_reported_at_once() {
    let options = "flavor = 1, colour = \"red\", worker_threads = 0, name = \"\"";
    let reported = reported(Kind::Main, options, "fn main() {}");
    assert_eq!(reported.len(), 5, "{reported:?}");
}

#[test]
fn start_paused_asks_for_the_feature() {
    if cfg!(feature = "test-util") {
        let output = expanded(Kind::Main, "start_paused = true", "async fn main() {}");
        assert!(output.contains(&spaced(".start_paused(true)")), "{output}");
    } else {
        let text = "`start_paused` needs the crate feature `test-util`";
        assert_option_error(Kind::Main, "start_paused = true", text, "start_paused");
    }
    let output = expanded(Kind::Main, "start_paused = false", "async fn main() {}");
    assert!(!output.contains("start_paused"), "{output}");
}

#[test]
fn main_is_multi_thread_and_a_test_is_current_thread() {
    let output = expanded(Kind::Main, "", "async fn main() {}");
    let builder = "::heist::runtime::Builder::new_multi_thread().enable_all().build()";
    assert!(output.contains(&spaced(builder)), "{output}");
    let output = expanded(Kind::Test, "", "async fn works() {}");
    let builder = "::heist::runtime::Builder::new_current_thread().enable_all().build()";
    assert!(output.contains(&spaced(builder)), "{output}");
    assert!(
        output.starts_with(&spaced("#[::core::prelude::v1::test]")),
        "{output}"
    );
}

#[test]
fn options_become_calls_of_the_builder() {
    let output = expanded(Kind::Test, "flavor = \"local\"", "async fn works() {}");
    let builder = "::heist::runtime::Builder::new_current_thread().enable_all()\
                   .build_local(::core::default::Default::default())";
    assert!(output.contains(&spaced(builder)), "{output}");
    let options = "worker_threads = 3, name = \"x\", crate = my::heist";
    let output = expanded(Kind::Main, options, "async fn main() {}");
    let builder = "my::heist::runtime::Builder::new_multi_thread()\
                   .enable_all().worker_threads(3usize).name(\"x\").build()";
    assert!(output.contains(&spaced(builder)), "{output}");
    let output = expanded(Kind::Main, "crate = \"::my::heist\"", "async fn main() {}");
    assert!(
        output.contains(&spaced("::my::heist::runtime::Builder")),
        "{output}"
    );
}

#[test]
fn values_may_come_through_a_macro_variable() {
    let invisible = Group::new(Delimiter::None, tokens("2"));
    let mut options = tokens("worker_threads =");
    options.extend([TokenTree::Group(invisible)]);
    let mut errors = Vec::new();
    let output = try_expand(
        Kind::Main,
        options,
        tokens("async fn main() {}"),
        &mut errors,
    );
    assert!(errors.is_empty(), "{errors:?}");
    assert!(output.to_string().contains("2usize"), "{output}");
}

#[test]
fn the_function_is_kept_inside_token_for_token() {
    let item = "async fn main() -> Result<(), Error> { serve().await?; Ok(()) }";
    let output = expanded(Kind::Main, "", &format!("#[cold] pub(crate) {item}"));
    let outer = spaced("#[cold] pub(crate) fn main() -> Result<(), Error>");
    assert!(output.starts_with(&outer), "{output}");
    assert!(output.contains(&spaced(item)), "{output}");
}

#[test]
fn a_function_that_cannot_be_nested_becomes_a_block() {
    for item in [
        "async fn run(limit: usize) { body(limit) }",
        "async fn run<T>() { body() }",
        "async fn run() -> Self { body() }",
        "async fn run() { body(Self::new()) }",
        "async unsafe fn run() { body() }",
        "async extern \"C\" fn run() { body() }",
    ] {
        let output = expanded(Kind::Main, "", item);
        let header = item
            .split(" {")
            .next()
            .expect("a header")
            .replace("async ", "");
        assert!(output.starts_with(&spaced(&header)), "{output}");
        assert!(output.contains("async move"), "{output}");
        assert!(!output.contains("async fn"), "{output}");
    }
}

#[test]
fn attributes_inside_the_body_move_to_the_function() {
    let item = "async fn main() { #![allow(unused)] let a = 1; }";
    let output = expanded(Kind::Main, "", item);
    assert!(
        output.starts_with(&spaced("#[allow(unused)] fn main()")),
        "{output}"
    );
    assert!(!output.contains(&spaced("#![allow(unused)]")), "{output}");
}

#[test]
fn a_body_with_unknown_syntax_is_left_to_the_compiler() {
    expanded(Kind::Main, "", "async fn main() { let x = @ 5 ?? ; yield }");
}

#[test]
fn after_a_mistake_the_name_still_exists() {
    for item in [
        "pub async fn main(a: u8) { use_it(a) }",
        "pub async fn main<T>() -> T {}",
    ] {
        let mut errors = Vec::new();
        let output = try_expand(Kind::Main, TokenStream::new(), tokens(item), &mut errors);
        assert_eq!(output.to_string(), spaced("pub fn main() {}"));
    }
    let mut errors = Vec::new();
    let item = tokens("async fn main() {}");
    let output = try_expand(Kind::Main, tokens("flavor = 1"), item, &mut errors);
    assert!(output.to_string().contains("block_on"), "{output}");
}

#[test]
fn the_errors_stand_in_the_output() {
    let output = expand(
        Kind::Main,
        tokens("worker_threads = 0"),
        tokens("async fn main() {}"),
    );
    assert!(output.to_string().contains("compile_error"), "{output}");
}
