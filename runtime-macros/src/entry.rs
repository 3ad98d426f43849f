//! `#[main]` and `#[test]`: what the function must look like, and what becomes of it.
//!
//! The function is kept whole and put inside a plain one of the same name:
//!
//! ```text
//! #[heist::main]                       fn main() -> Result<(), E> {
//! async fn main() -> Result<(), E> {       async fn main() -> Result<(), E> { body }
//!     body                        ──►      let runtime = ::heist::runtime::Builder::new_multi_thread()…;
//! }                                        runtime.block_on(main())
//!                                      }
//! ```
//!
//! Because the inner function is the user's, token for token, the compiler checks the body against
//! the return type exactly as without the attribute: a wrong tail expression is reported at that
//! expression, with the usual advice. Wrapping the body in an `async` block or closure instead was tried
//! and loses this: the error lands on the whole block and speaks of two block types.
//!
//! A function with arguments, generics, `Self`, `unsafe` or an ABI cannot be repeated inside
//! itself. Its body becomes an `async move` block: it sees the arguments, and an `unsafe fn` stays an
//! unsafe context. The block begins with a `return` that is never reached and has the type the
//! function promises: the compiler meets that type first, and measures the rest of the body by it.
//!
//! The body is never parsed here. It is one token tree, so that half-written code gets the
//! compiler's own errors, and syntax younger than the parser passes through.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::{AttrStyle, Attribute, Error, ReturnType, Signature, Token, Type, Visibility};

use crate::options::{Flavor, Options};

/// Which attribute is being expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `#[main]`.
    Main,
    /// `#[test]`.
    Test,
}

impl Kind {
    /// The attribute as messages call it.
    fn attribute(self) -> &'static str {
        match self {
            Self::Main => "#[main]",
            Self::Test => "#[test]",
        }
    }

    /// The flavor without the option.
    pub(crate) fn default_flavor(self) -> Flavor {
        match self {
            Self::Main => Flavor::MultiThread,
            Self::Test => Flavor::CurrentThread,
        }
    }
}

/// The annotated function.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
    body: Group,
}

/// Expands one attribute; the errors stand before the item.
pub(crate) fn expand(kind: Kind, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Vec::new();
    let output = try_expand(kind, options, item, &mut errors);
    let errors = errors.iter().map(Error::to_compile_error);
    quote! { #(#errors)* #output }
}

/// Expands one attribute and collects the mistakes.
///
/// After a mistake in the options the function is still wrapped, and after one in the function it
/// is given back as far as it makes sense, so that the only errors the user sees are ours.
fn try_expand(
    kind: Kind,
    options: TokenStream,
    item: TokenStream,
    errors: &mut Vec<Error>,
) -> TokenStream {
    let options = Options::read(kind, options, errors);
    let read = |input: ParseStream<'_>| Function::read(kind, input);
    let mut function = match read.parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return item;
        }
    };
    if function.signature.asyncness.is_none() {
        let text = format!(
            "the `async` keyword is missing: `{}` runs an `async fn`",
            kind.attribute()
        );
        errors.push(Error::new(function.signature.fn_token.span, text));
        return item;
    }
    if !function.check_signature(kind, errors) {
        return function.placeholder();
    }
    function.check_attributes(kind, errors);
    function.wrapped(kind, &options)
}

impl Function {
    /// Reads attributes, visibility and signature; the body stays one group of tokens.
    fn read(kind: Kind, input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let is_function = input.peek(Token![fn])
            || input.peek(Token![async])
            || input.peek(Token![const])
            || input.peek(Token![unsafe])
            || input.peek(Token![extern]);
        if !is_function {
            return Err(input.error(format!("`{}` goes on an `async fn`", kind.attribute())));
        }
        let signature = Signature::parse(input)?;
        let body = match input.parse()? {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => body,
            other => {
                let text = format!("`{}` needs a function with a body", kind.attribute());
                return Err(Error::new(other.span(), text));
            }
        };
        let body = hoist_attributes(&body, &mut attributes)?;
        Ok(Self {
            attributes,
            visibility,
            signature,
            body,
        })
    }

    /// Applies the rules for the signature; whether it passed.
    fn check_signature(&self, kind: Kind, errors: &mut Vec<Error>) -> bool {
        let Some(what) = bare(kind, &self.signature) else {
            return true;
        };
        let Signature {
            inputs, generics, ..
        } = &self.signature;
        if !inputs.is_empty() {
            errors.push(Error::new_spanned(
                inputs,
                format!("{what} takes no arguments"),
            ));
        }
        if !generics.params.is_empty() {
            errors.push(Error::new_spanned(
                generics,
                format!("{what} cannot be generic"),
            ));
        }
        inputs.is_empty() && generics.params.is_empty()
    }

    /// Finds, reports and removes test attributes beside `#[test]` itself.
    fn check_attributes(&mut self, kind: Kind, errors: &mut Vec<Error>) {
        if kind == Kind::Test {
            let second = self
                .attributes
                .iter()
                .filter(|attribute| is_test(attribute));
            errors.extend(second.map(|attribute| Error::new_spanned(attribute, SECOND_TEST)));
            self.attributes.retain(|attribute| !is_test(attribute));
        }
    }

    /// A function of the same name that the compiler has nothing to say about.
    fn placeholder(&self) -> TokenStream {
        let Self {
            attributes,
            visibility,
            signature,
            ..
        } = self;
        let name = &signature.ident;
        quote! { #(#attributes)* #visibility fn #name() {} }
    }

    /// The plain function around the user's.
    fn wrapped(&self, kind: Kind, options: &Options) -> TokenStream {
        let Self {
            attributes,
            visibility,
            signature,
            ..
        } = self;
        let mut outer = signature.clone();
        outer.asyncness = None;
        let test = (kind == Kind::Test).then(|| quote! { #[::core::prelude::v1::test] });
        let (nested, future) = self.future();
        let runtime = runtime(options);
        // The locals must not be visible in the user's body.
        let statements = quote_spanned! { Span::mixed_site() =>
            #nested
            let future = #future;
            #[allow(clippy::expect_used)]
            let runtime = #runtime.expect("failed to build the runtime");
            runtime.block_on(future)
        };
        quote! {
            #test
            #(#attributes)*
            #visibility #outer { #statements }
        }
    }

    /// The expression that makes the future, and the item it needs.
    fn future(&self) -> (TokenStream, TokenStream) {
        let Self {
            signature, body, ..
        } = self;
        if self.can_be_nested() {
            let name = &signature.ident;
            return (quote! { #signature #body }, quote! { #name() });
        }
        let promise = promise(&signature.output);
        let statements = body.stream();
        let mut block = Group::new(Delimiter::Brace, quote! { #promise #statements });
        block.set_span(body.span());
        (TokenStream::new(), quote! { async move #block })
    }

    /// Whether the function, repeated inside itself, means the same.
    fn can_be_nested(&self) -> bool {
        let signature = &self.signature;
        signature.inputs.is_empty()
            && signature.generics.params.is_empty()
            && signature.generics.where_clause.is_none()
            && signature.unsafety.is_none()
            && signature.abi.is_none()
            && !names(signature.output.to_token_stream(), "Self")
            && !names(self.body.stream(), "Self")
    }
}

/// The call chain that builds the runtime.
fn runtime(options: &Options) -> TokenStream {
    let Options {
        flavor,
        worker_threads,
        start_paused,
        name,
        crate_path,
    } = options;
    let constructor = match flavor {
        Flavor::MultiThread => quote! { new_multi_thread },
        Flavor::CurrentThread | Flavor::Local => quote! { new_current_thread },
    };
    let build = match flavor {
        Flavor::Local => quote! { build_local(::core::default::Default::default()) },
        Flavor::MultiThread | Flavor::CurrentThread => quote! { build() },
    };
    let worker_threads = worker_threads.map(|count| quote! { .worker_threads(#count) });
    let start_paused = start_paused.then(|| quote! { .start_paused(true) });
    let name = name.as_ref().map(|name| quote! { .name(#name) });
    quote! {
        #crate_path::runtime::Builder::#constructor().enable_all() #worker_threads #start_paused #name .#build
    }
}

/// The unreachable `return` that tells the compiler the output type of an `async` block. A type with
/// `impl` in it, or `!`, cannot be written there; such a block's type is found by looking at its end.
fn promise(output: &ReturnType) -> TokenStream {
    let output = match output {
        ReturnType::Default => quote! { () },
        ReturnType::Type(_, output) if matches!(**output, Type::Never(_)) => {
            return TokenStream::new();
        }
        ReturnType::Type(_, output) => output.to_token_stream(),
    };
    if names(output.clone(), "impl") {
        return TokenStream::new();
    }
    let place = output.span().resolved_at(Span::mixed_site());
    quote_spanned! { place =>
        #[allow(unreachable_code, clippy::diverging_sub_expression, clippy::empty_loop, clippy::let_unit_value)]
        if false {
            let output: #output = loop {};
            return output;
        }
    }
}

/// What to call a function that may have neither arguments nor generics.
fn bare(kind: Kind, signature: &Signature) -> Option<&'static str> {
    match kind {
        Kind::Test => Some("a test"),
        Kind::Main => (signature.ident == "main").then_some("the main function"),
    }
}

/// Whether an attribute makes a test: `#[test]`, the same by its full path, or `#[heist::test]`.
fn is_test(attribute: &Attribute) -> bool {
    let path = attribute.path();
    let names: Vec<_> = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    matches!(
        names[..],
        ["test"] | ["heist", "test"] | ["core" | "std", "prelude", _, "test"]
    )
}

/// Whether a word occurs anywhere in the tokens.
fn names(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == word,
        TokenTree::Group(group) => names(group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Moves `#![…]` at the start of the body to the function, where it means the same: on a block it
/// would not be allowed.
fn hoist_attributes(body: &Group, attributes: &mut Vec<Attribute>) -> syn::Result<Group> {
    let split = |input: ParseStream<'_>| {
        let inner = input.call(Attribute::parse_inner)?;
        Ok((inner, input.parse::<TokenStream>()?))
    };
    let (inner, rest) = split.parse2(body.stream())?;
    attributes.extend(inner.into_iter().map(|attribute| Attribute {
        style: AttrStyle::Outer,
        ..attribute
    }));
    let mut rest = Group::new(Delimiter::Brace, rest);
    rest.set_span(body.span());
    Ok(rest)
}

const SECOND_TEST: &str =
    "a second test attribute: the first one makes the function a test, remove this one";

#[cfg(test)]
mod tests;
