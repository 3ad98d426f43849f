//! One page that needs nothing beside it: machine, marks, plots, tables.

use super::svg::escape;
use super::{number, table};
use crate::machine;
use crate::marks::Verdict;
use crate::pairs::{Measured, Plan};
use std::fmt::Write;

const STYLE: &str = "\
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328; background: #fff }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top }
pre { background: #f6f8fa; padding: .8rem; overflow-x: auto; font-size: 12px; line-height: 1.4 }
svg { max-width: 100%; height: auto; border: 1px solid #d0d7de; margin: .5rem 0 }
.reached { color: #1a7f37 } .missed { color: #cf222e; font-weight: 600 }
";

/// The page.
pub(super) fn page(
    plan: &Plan,
    results: &[Measured],
    verdicts: &[Verdict],
    plots: &[(String, String)],
) -> String {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n");
    let _ = write!(
        page,
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>heist-bench</title>\n<style>{STYLE}</style>\n\
         <h1>heist-bench</h1>\n"
    );
    about(&mut page, plan);
    marks(&mut page, verdicts);
    for (name, svg) in plots {
        let _ = write!(page, "<h2 id=\"{name}\">{name}</h2>\n{svg}");
    }
    page.push_str("<h2 id=\"tables\">Tables</h2>\n");
    for measured in results {
        let _ = writeln!(page, "<pre>{}</pre>", escape(table(measured).trim()));
    }
    page.push_str("</html>\n");
    page
}

fn about(page: &mut String, plan: &Plan) {
    page.push_str("<table>\n");
    for (name, value) in machine::description() {
        let _ = writeln!(page, "<tr><th>{name}</th><td>{}</td></tr>", escape(&value));
    }
    let _ = writeln!(
        page,
        "<tr><th>method</th><td>up to {} interleaved runs of each peer, each in a process of its own; closed loops of {} s; \
         medians of the ratios within the pairs, with their middle half</td></tr>\n</table>",
        plan.pairs,
        number(plan.seconds)
    );
}

fn marks(page: &mut String, verdicts: &[Verdict]) {
    if verdicts.is_empty() {
        return;
    }
    let reached = verdicts.iter().filter(|verdict| verdict.reached).count();
    let _ = write!(
        page,
        "<h2 id=\"marks\">Marks: {reached} of {} reached</h2>\n<table>\n",
        verdicts.len()
    );
    for verdict in verdicts {
        let class = if verdict.reached { "reached" } else { "missed" };
        let _ = writeln!(
            page,
            "<tr><td class=\"{class}\">{}</td></tr>",
            escape(&verdict.to_string())
        );
    }
    page.push_str("</table>\n");
}
