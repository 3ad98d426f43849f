//! Results, for the eye and for other programs: text tables while a run goes on; at its end JSON with all samples, plots, and a page that
//! has everything in one file.

mod html;
mod json;
mod plot;
mod svg;

use crate::machine;
use crate::marks::Verdict;
use crate::pairs::{Lane, Measured, Plan};
use crate::stats::Summary;
use crate::suite::{Group, Metric};
pub(crate) use json::json;
use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

/// Writes `results.json`, the plots, and `report.html` into `folder`.
pub(crate) fn write_all(
    folder: &Path,
    plan: &Plan,
    results: &[Measured],
    verdicts: &[Verdict],
) -> io::Result<()> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text)
            .map_err(|error| io::Error::other(format!("cannot write {}: {error}", path.display())))
    };
    write(
        "results.json",
        &format!("{:#}\n", json(plan, results, verdicts)),
    )?;
    let plots = plots(results);
    for (name, svg) in &plots {
        write(&format!("{name}.svg"), svg)?;
    }
    write("report.html", &html::page(plan, results, verdicts, &plots))
}

/// Name and picture: the ratios of each group, and the servers side by side.
fn plots(results: &[Measured]) -> Vec<(String, String)> {
    let of = |group: Group| -> Vec<&Measured> {
        results
            .iter()
            .filter(|each| each.row.group == group)
            .collect()
    };
    let groups = Group::ALL.into_iter().filter_map(|group| {
        let picture = plot::ratios(&of(group))?;
        Some((group.name().to_owned(), picture))
    });
    let servers = plot::servers(&of(Group::Net));
    groups
        .chain(servers.map(|picture| ("servers".to_owned(), picture)))
        .collect()
}

/// The heading of a report: machine and versions.
pub(crate) fn heading() -> String {
    let lines = machine::description().into_iter();
    lines.fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:<8}{value}");
        text
    })
}

/// The table of one row: a block per metric, a line per peer.
pub(crate) fn table(measured: &Measured) -> String {
    let Measured {
        row,
        lanes,
        reference,
        ran_as,
        left_out,
    } = measured;
    let pairs = lanes.first().map_or(0, |lane| lane.samples.len());
    let mut text = format!("\n{} {}, n = {pairs}", row.group.name(), row.name);
    if let Some(reference) = reference {
        let _ = write!(
            text,
            "; × how many times better than {}, [middle half]",
            lanes[*reference].label
        );
    }
    if ran_as != row.work() {
        let _ = write!(text, "; run as {ran_as}");
    }
    text.push('\n');
    for peer in left_out {
        let _ = writeln!(text, "  {peer}");
    }
    for metric in row.metrics {
        let noise = noise(measured, metric);
        for (index, lane) in lanes.iter().enumerate() {
            let unit = if index == 0 { metric.unit } else { "" };
            let compared = reference.filter(|reference| *reference != index);
            let ratio =
                compared.and_then(|reference| measured.ratio(lane, &lanes[reference], metric));
            let ratio = ratio.map_or_else(String::new, |ratio| describe(&ratio, noise.as_ref()));
            let _ = writeln!(text, "  {unit:<32}{}{ratio}", values(lane, metric));
        }
    }
    text
}

fn values(lane: &Lane, metric: &Metric) -> String {
    Summary::of(&lane.values(metric)).map_or_else(String::new, |summary| {
        let spread = format!("[{}, {}]", number(summary.low), number(summary.high));
        format!(
            "{:<16}{:>10} {spread:<20}",
            lane.label,
            number(summary.median)
        )
    })
}

/// How far the reference was from itself, if it ran twice.
fn noise(measured: &Measured, metric: &Metric) -> Option<Summary> {
    let reference = &measured.lanes[measured.reference?];
    let again = measured
        .lanes
        .last()
        .filter(|lane| lane.peer == reference.peer)?;
    (again.label != reference.label).then(|| measured.ratio(again, reference, metric))?
}

fn describe(ratio: &Summary, noise: Option<&Summary>) -> String {
    let within = noise.is_some_and(|noise| (noise.low..=noise.high).contains(&ratio.median));
    let remark = if within { "  no difference" } else { "" };
    format!(
        " {:>6.2}× [{:.2}, {:.2}]{remark}",
        ratio.median, ratio.low, ratio.high
    )
}

/// Three significant digits, whole above a hundred.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
