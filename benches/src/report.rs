//! Results as a text table and as JSON.

use crate::machine;
use crate::marks::Verdict;
use crate::pairs::{Lane, Measured, Plan};
use crate::stats::Summary;
use crate::suite::Metric;
use serde_json::{Value, json};
use std::fmt::Write;

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
    text.push('\n');
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
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Everything, with the raw samples.
pub(crate) fn json(plan: &Plan, results: &[Measured], verdicts: &[Verdict]) -> Value {
    json!({
        "machine": machine::to_json(),
        "pairs": plan.pairs,
        "seconds": plan.seconds,
        "rows": results.iter().map(row).collect::<Vec<_>>(),
        "marks": verdicts.iter().map(|verdict| {
            json!({ "reached": verdict.reached, "text": verdict.to_string() })
        }).collect::<Vec<_>>(),
    })
}

fn row(measured: &Measured) -> Value {
    let unit = |metric: &Metric| json!({ "name": metric.name, "unit": metric.unit, "sample_divided_by": metric.scale });
    let lane = |lane: &Lane| {
        let compared = measured.reference.map(|index| &measured.lanes[index]);
        let ratios = measured.row.metrics.iter().filter_map(|metric| {
            let ratio = measured.ratio(lane, compared?, metric)?;
            let value = json!({ "median": ratio.median, "quartiles": [ratio.low, ratio.high], "n": ratio.n });
            Some((metric.name.to_owned(), value))
        });
        json!({ "peer": lane.label, "samples": lane.samples, "ratios": ratios.collect::<Value>() })
    };
    json!({
        "group": measured.row.group.name(),
        "row": measured.row.name,
        "against": measured.reference.map(|index| measured.lanes[index].label.clone()),
        "metrics": measured.row.metrics.iter().map(unit).collect::<Vec<_>>(),
        "peers": measured.lanes.iter().map(lane).collect::<Vec<_>>(),
    })
}
