//! The options in the parentheses of `#[main(…)]` and `#[test(…)]`: reading them, and nothing else.
//!
//! A list that cannot be taken apart ends the reading; a value that is wrong does not, so that one
//! compilation names every mistake. What is left after errors is still usable: the expansion goes
//! on with it, and the compiler has nothing further to complain about.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Expr, Ident, Lit, LitStr, Path, Token};

use crate::entry::Kind;

/// The runtimes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// `Builder::new_multi_thread`.
    MultiThread,
    /// `Builder::new_current_thread`.
    CurrentThread,
    /// The same, made with `Builder::build_local`.
    Local,
}

/// What the user asked for, with the defaults filled in.
pub(crate) struct Options {
    pub(crate) flavor: Flavor,
    pub(crate) worker_threads: Option<usize>,
    pub(crate) start_paused: bool,
    pub(crate) name: Option<LitStr>,
    pub(crate) crate_path: Path,
}

/// An option that was given: its name, as a place to point at, and the value.
type Given<T> = Option<(Span, T)>;

/// The options as they were read, before the defaults and the rules between them.
#[derive(Default)]
struct Raw {
    flavor: Given<Flavor>,
    worker_threads: Given<usize>,
    start_paused: Given<bool>,
    name: Given<LitStr>,
    crate_path: Given<Path>,
    seen: Vec<String>,
}

impl Options {
    /// Reads the tokens between the parentheses; mistakes go to `errors`.
    pub(crate) fn read(kind: Kind, tokens: TokenStream, errors: &mut Vec<Error>) -> Self {
        let mut raw = Raw::default();
        let list = |input: ParseStream<'_>| read_list(input, &mut raw, errors);
        if let Err(error) = list.parse2(tokens) {
            errors.push(error);
        }
        raw.settle(kind, errors)
    }
}

/// Reads `name = value, name = value`.
fn read_list(input: ParseStream<'_>, raw: &mut Raw, errors: &mut Vec<Error>) -> syn::Result<()> {
    while !input.is_empty() {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an option, such as `flavor = \"multi_thread\"`"));
        }
        let name = input.call(Ident::parse_any)?;
        errors.extend(unknown(&name));
        if !input.peek(Token![=]) {
            return Err(Error::new(name.span(), needs_value(&name.to_string())));
        }
        input.parse::<Token![=]>()?;
        let value = ungroup(input.parse()?);
        if let Err(error) = raw.take(&name, &value) {
            errors.push(error);
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

impl Raw {
    /// Stores one option; an unknown one was reported by the caller.
    fn take(&mut self, name: &Ident, value: &Expr) -> syn::Result<()> {
        let (text, span) = (name.to_string(), name.span());
        if self.seen.contains(&text) {
            return Err(Error::new(span, format!("`{text}` is given twice")));
        }
        match &*text {
            "flavor" => self.flavor = Some((span, flavor(value)?)),
            "worker_threads" => self.worker_threads = Some((span, worker_threads(value)?)),
            "start_paused" => self.start_paused = Some((span, start_paused(value)?)),
            "name" => self.name = Some((span, runtime_name(value)?)),
            "crate" => self.crate_path = Some((span, crate_path(value)?)),
            _ => return Ok(()),
        }
        self.seen.push(text);
        Ok(())
    }

    /// Applies the rules between options, and the defaults.
    fn settle(self, kind: Kind, errors: &mut Vec<Error>) -> Options {
        let flavor = self
            .flavor
            .map_or_else(|| kind.default_flavor(), |(_, flavor)| flavor);
        let worker_threads = match self.worker_threads {
            Some((span, _)) if flavor != Flavor::MultiThread => {
                errors.push(Error::new(span, NEEDS_WORKERS));
                None
            }
            given => given.map(|(_, count)| count),
        };
        let start_paused = match self.start_paused {
            Some((span, true)) if !cfg!(feature = "test-util") => {
                errors.push(Error::new(span, NEEDS_TEST_UTIL));
                false
            }
            given => given.is_some_and(|(_, paused)| paused),
        };
        Options {
            flavor,
            worker_threads,
            start_paused,
            name: self.name.map(|(_, name)| name),
            crate_path: self
                .crate_path
                .map_or_else(|| syn::parse_quote!(::heist), |(_, path)| path),
        }
    }
}

/// Takes off the invisible parentheses around a value that came through a `macro_rules` variable.
fn ungroup(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

fn flavor(value: &Expr) -> syn::Result<Flavor> {
    let text = string(value, "flavor")?;
    match &*text.value() {
        "multi_thread" => Ok(Flavor::MultiThread),
        "current_thread" => Ok(Flavor::CurrentThread),
        "local" => Ok(Flavor::Local),
        other => Err(Error::new(
            text.span(),
            format!("unknown flavor {other:?}; {FLAVORS}"),
        )),
    }
}

fn worker_threads(value: &Expr) -> syn::Result<usize> {
    let Some(Lit::Int(number)) = literal(value) else {
        return Err(wrong_type(value, "worker_threads"));
    };
    match number.base10_parse() {
        Ok(0) => Err(Error::new(
            number.span(),
            "`worker_threads` must be greater than 0",
        )),
        Ok(count) => Ok(count),
        Err(_) => Err(wrong_type(value, "worker_threads")),
    }
}

fn start_paused(value: &Expr) -> syn::Result<bool> {
    match literal(value) {
        Some(Lit::Bool(paused)) => Ok(paused.value),
        _ => Err(wrong_type(value, "start_paused")),
    }
}

fn runtime_name(value: &Expr) -> syn::Result<LitStr> {
    let name = string(value, "name")?;
    if name.value().is_empty() {
        return Err(Error::new(name.span(), "`name` must not be empty"));
    }
    Ok(name)
}

fn crate_path(value: &Expr) -> syn::Result<Path> {
    if let Expr::Path(path) = value {
        if path.qself.is_none() && path.attrs.is_empty() {
            return Ok(path.path.clone());
        }
    }
    let text = string(value, "crate")?;
    text.parse_with(Path::parse_mod_style).map_err(|_| {
        Error::new(
            text.span(),
            "`crate` must be the path of a crate, as in `crate = \"my::heist\"`",
        )
    })
}

fn string(value: &Expr, option: &str) -> syn::Result<LitStr> {
    match literal(value) {
        Some(Lit::Str(text)) => Ok(text.clone()),
        _ => Err(wrong_type(value, option)),
    }
}

fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(literal) => Some(&literal.lit),
        _ => None,
    }
}

/// An option nobody knows, with the list of those there are.
fn unknown(name: &Ident) -> Option<Error> {
    if KNOWN.iter().any(|(known, ..)| name == known) {
        return None;
    }
    let known: Vec<_> = KNOWN
        .iter()
        .map(|(known, ..)| format!("`{known}`"))
        .collect();
    let text = format!(
        "unknown option `{name}`; the options are {}",
        known.join(", ")
    );
    Some(Error::new(name.span(), text))
}

fn needs_value(option: &str) -> String {
    match KNOWN.iter().find(|(known, ..)| *known == option) {
        Some((_, _, example)) => format!("`{option}` needs a value, as in `{example}`"),
        None => format!("`{option}` needs a value"),
    }
}

fn wrong_type(value: &Expr, option: &str) -> Error {
    let known = KNOWN.iter().find(|(known, ..)| *known == option);
    let (_, wanted, example) = known.copied().unwrap_or_default();
    Error::new_spanned(
        value,
        format!("`{option}` must be {wanted}, as in `{example}`"),
    )
}

/// The options: name, what the value must be, and an example.
const KNOWN: [(&str, &str, &str); 5] = [
    ("flavor", "a string", "flavor = \"multi_thread\""),
    ("worker_threads", "a whole number", "worker_threads = 4"),
    ("start_paused", "`true` or `false`", "start_paused = true"),
    ("name", "a string", "name = \"workers\""),
    ("crate", "a path or a string", "crate = \"my::heist\""),
];

const FLAVORS: &str = "the flavors are \"multi_thread\", \"current_thread\" and \"local\"";

const NEEDS_WORKERS: &str = "`worker_threads` needs the multi-thread runtime: add `flavor = \"multi_thread\"`, or leave it out";

const NEEDS_TEST_UTIL: &str = "`start_paused` needs the crate feature `test-util`";
