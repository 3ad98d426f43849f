//! Everything, with the raw samples, for other programs.

use crate::machine;
use crate::marks::Verdict;
use crate::pairs::{Lane, Measured, Plan};
use crate::suite::Metric;
use serde_json::{Value, json};

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
        "ran_as": measured.ran_as,
        "left_out": measured.left_out,
        "against": measured.reference.map(|index| measured.lanes[index].label.clone()),
        "metrics": measured.row.metrics.iter().map(unit).collect::<Vec<_>>(),
        "peers": measured.lanes.iter().map(lane).collect::<Vec<_>>(),
    })
}
