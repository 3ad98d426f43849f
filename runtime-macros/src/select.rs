//! What `select!` cannot do with `macro_rules`: to ask whether a value matches a pattern, and leave it
//! where it is.
//!
//! `select!` must know that before it drops the other futures, but bind the variables only afterwards, for the
//! handler. So the pattern is used twice: here without its variables, so that nothing is
//! moved or borrowed, and then as it was written.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Pat, PatIdent, PatWild, Token};

/// The pattern without variables.
pub(crate) fn clean_pattern(pattern: TokenStream) -> TokenStream {
    let read = |input: ParseStream<'_>| Pat::parse_multi_with_leading_vert(input);
    match read.parse2(pattern.clone()) {
        Ok(mut read) => {
            clean(&mut read);
            read.into_token_stream()
        }
        // Younger syntax than the parser's: as it is, the worst that happens is that it moves.
        Err(_) => pattern,
    }
}

/// Replaces every variable by `_`, or by the pattern behind its `@`.
fn clean(pattern: &mut Pat) {
    match pattern {
        Pat::Ident(name) if is_constant(name) => {}
        Pat::Ident(name) => *pattern = behind(name),
        Pat::Or(or) => or.cases.iter_mut().for_each(clean),
        Pat::Paren(paren) => clean(&mut paren.pat),
        Pat::Reference(reference) => clean(&mut reference.pat),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(clean),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(clean),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(clean),
        Pat::Struct(fields) => {
            for field in &mut fields.fields {
                // `Point { x }` is short for `Point { x: x }`; only the long form can lose its variable.
                field.colon_token.get_or_insert_with(<Token![:]>::default);
                clean(&mut field.pat);
            }
        }
        // Nothing to bind, or nothing one could look into.
        _ => {}
    }
}

/// A lone name that is a constant or a variant, by its spelling; nothing else tells it from a variable here.
fn is_constant(name: &PatIdent) -> bool {
    let text = name.ident.to_string();
    let text = text.trim_start_matches("r#").trim_start_matches('_');
    name.subpat.is_none() && text.starts_with(char::is_uppercase)
}

/// What is left of a variable.
fn behind(name: &mut PatIdent) -> Pat {
    match name.subpat.take() {
        Some((_, mut pattern)) => {
            clean(&mut pattern);
            *pattern
        }
        None => Pat::Wild(PatWild {
            attrs: Vec::new(),
            underscore_token: Token![_](name.ident.span()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_clean(pattern: &str, expected: &str) {
        let cleaned = clean_pattern(pattern.parse().expect("well-formed tokens"));
        // Blanks depend on whether tokens were printed one by one.
        let bare = |text: &str| text.replace(' ', "");
        assert_eq!(bare(&cleaned.to_string()), bare(expected), "{pattern}");
    }

    #[test]
    fn variables_become_wildcards() {
        assert_clean("value", "_");
        assert_clean("mut value", "_");
        assert_clean("ref mut value", "_");
        assert_clean("r#type", "_");
        assert_clean("_unused", "_");
        assert_clean("Some(mut value)", "Some(_)");
        assert_clean("(a, [b, .., c], &d, &mut e)", "(_, [_, .., _], &_, &mut _)");
        assert_clean("Ok(Some(x)) | Err(x)", "Ok(Some(_)) | Err(_)");
        assert_clean("(a | a)", "(_ | _)");
    }

    #[test]
    fn fields_keep_their_names() {
        assert_clean(
            "Point { x, ref y, z: Some(z), .. }",
            "Point { x: _, y: _, z: Some(_), .. }",
        );
        assert_clean("Point { x: 0 }", "Point { x: 0 }");
    }

    #[test]
    fn what_binds_nothing_stays() {
        for pattern in [
            "_",
            "None",
            "Kind::Open",
            "MAX",
            "1..=9",
            "\"text\"",
            "-1",
            "std::i32::MAX",
        ] {
            assert_clean(pattern, pattern);
        }
    }

    #[test]
    fn a_binding_leaves_the_pattern_behind_it() {
        assert_clean("n @ 1..=9", "1..=9");
        assert_clean("all @ Some(x)", "Some(_)");
        assert_clean("MAX @ Some(x)", "Some(_)");
    }
}
