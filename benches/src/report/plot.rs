//! The plots: how many times better than tokio, and servers side by side.

use super::number;
use super::svg::{Anchor, Svg};
use crate::pairs::{Lane, Measured};
use crate::peers::Peer;
use crate::stats::Summary;
use crate::suite::{Better, Metric};

const WIDTH: f64 = 760.0;
const LABELS: f64 = 300.0;
const LINE: f64 = 20.0;
const BAR: f64 = 12.0;
const SIZE: f64 = 11.0;
const TITLE: f64 = 14.0;

const BETTER: &str = "#2da44e";
const WORSE: &str = "#cf222e";
const OURS: &str = "#8250df";
const OTHERS: &str = "#8c959f";
const AXIS: &str = "#57606a";

/// A ratio of heist's to be drawn.
struct Ratio {
    label: String,
    ratio: Summary,
}

/// Each metric that has a ratio as a bar from 1×, to the right if better, on a logarithmic scale. `None` if there is none.
pub(super) fn ratios(results: &[&Measured]) -> Option<String> {
    let ratios: Vec<_> = results.iter().flat_map(|each| ratios_of(each)).collect();
    let first = results.first()?;
    let reference = first.lanes.get(first.reference?)?;
    let widest = ratios
        .iter()
        .flat_map(|each| [each.ratio.low, each.ratio.high])
        .map(|ratio| ratio.max(f64::MIN_POSITIVE).log2().abs())
        .fold(1.0, f64::max);
    if ratios.is_empty() {
        return None;
    }
    let mut svg = Svg::new(WIDTH);
    let title = format!(
        "{}: times better than {} (median of pairs, line: middle half)",
        first.row.group.name(),
        reference.label
    );
    svg.text(8.0, 20.0, TITLE, Anchor::Start, &title);
    let middle = LABELS + (WIDTH - LABELS - 60.0) / 2.0;
    let scale = (WIDTH - LABELS - 60.0) / 2.0 / widest;
    let at = |ratio: f64| middle + ratio.max(f64::MIN_POSITIVE).log2() * scale;
    let mut y = 36.0;
    for each in &ratios {
        let (x, colour) = (
            at(each.ratio.median),
            if each.ratio.median >= 1.0 {
                BETTER
            } else {
                WORSE
            },
        );
        svg.text(LABELS - 8.0, y + SIZE, SIZE, Anchor::End, &each.label);
        svg.bar(x.min(middle), y + 2.0, (x - middle).abs(), BAR, colour);
        let whisker = y + 2.0 + BAR / 2.0;
        svg.line(
            (at(each.ratio.low), whisker),
            (at(each.ratio.high), whisker),
            AXIS,
        );
        let value = format!("{}×", number(each.ratio.median));
        svg.text(WIDTH - 8.0, y + SIZE, SIZE, Anchor::End, &value);
        y += LINE;
    }
    svg.line((middle, 30.0), (middle, y), AXIS);
    svg.text(middle, y + SIZE, SIZE, Anchor::Middle, "1×");
    Some(svg.finish())
}

fn ratios_of(measured: &Measured) -> Vec<Ratio> {
    let Some(reference) = measured.reference else {
        return Vec::new();
    };
    let ours: Vec<_> = (measured.lanes.iter().enumerate())
        .filter(|(index, lane)| is_ours(lane) && *index != reference)
        .map(|(_, lane)| lane)
        .collect();
    let metrics = measured
        .row
        .metrics
        .iter()
        .filter(|metric| compared(metric));
    let metrics: Vec<_> = metrics.collect();
    let bar = |lane: &Lane, metric: &Metric| {
        let mut label = measured.row.name.clone();
        if metrics.len() > 1 {
            label = format!("{label} · {}", metric.name);
        }
        if ours.len() > 1 {
            label = format!("{label} · {}", lane.label);
        }
        let ratio = measured.ratio(lane, &measured.lanes[reference], metric)?;
        Some(Ratio { label, ratio })
    };
    let bars = |metric: &&Metric| {
        ours.iter()
            .filter_map(|lane| bar(lane, metric))
            .collect::<Vec<_>>()
    };
    metrics.iter().flat_map(bars).collect()
}

fn compared(metric: &Metric) -> bool {
    metric.better != Better::Neither
}

fn is_ours(lane: &Lane) -> bool {
    matches!(lane.peer, Peer::Heist(_) | Peer::Embedded(_))
}

/// Throughput and the 99th percentile of every peer of every row that has both. `None` if there is no such row.
pub(super) fn servers(results: &[&Measured]) -> Option<String> {
    let mut svg = Svg::new(WIDTH);
    svg.text(
        8.0,
        20.0,
        TITLE,
        Anchor::Start,
        "servers side by side: medians",
    );
    let mut y = 40.0;
    for measured in results {
        let find = |name: &str| {
            measured
                .row
                .metrics
                .iter()
                .find(|metric| metric.name == name)
        };
        let (Some(rate), Some(late)) = (find("rps"), find("p99")) else {
            continue;
        };
        if !compared(rate) {
            continue;
        }
        svg.text(8.0, y + SIZE, SIZE + 1.0, Anchor::Start, &measured.row.name);
        svg.text(LABELS / 2.0, y + SIZE, SIZE, Anchor::Start, rate.unit);
        svg.text(
            WIDTH / 2.0 + LABELS / 2.0,
            y + SIZE,
            SIZE,
            Anchor::Start,
            late.unit,
        );
        y += LINE;
        for lane in &measured.lanes {
            panel(&mut svg, measured, lane, rate, (8.0, y));
            panel(&mut svg, measured, lane, late, (WIDTH / 2.0 + 8.0, y));
            y += LINE;
        }
        y += LINE / 2.0;
    }
    (y > 40.0).then(|| svg.finish())
}

/// One bar of one lane, to the scale of the largest of its metric.
fn panel(svg: &mut Svg, measured: &Measured, lane: &Lane, metric: &Metric, (x, y): (f64, f64)) {
    let median =
        |lane: &Lane| Summary::of(&lane.values(metric)).map_or(0.0, |summary| summary.median);
    let most = measured.lanes.iter().map(median).fold(0.0, f64::max);
    let value = median(lane);
    let (label, room) = (90.0, WIDTH / 2.0 - 90.0 - 80.0);
    let colour = if is_ours(lane) { OURS } else { OTHERS };
    let width = if most > 0.0 { value / most * room } else { 0.0 };
    svg.text(x + label - 6.0, y + SIZE, SIZE, Anchor::End, &lane.label);
    svg.bar(x + label, y + 2.0, width, BAR, colour);
    svg.text(
        x + label + width + 6.0,
        y + SIZE,
        SIZE,
        Anchor::Start,
        &number(value),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Row;
    use std::collections::BTreeMap;

    fn measured(row: &str, values: &[(Peer, f64)]) -> Measured {
        let row = Row::named(row).expect("a row");
        let sample = |value: f64| {
            let each = |metric: &Metric| (metric.name.to_owned(), value);
            row.metrics.iter().map(each).collect::<BTreeMap<_, _>>()
        };
        let lanes = values.iter().map(|(peer, value)| Lane {
            label: peer.to_string(),
            peer: *peer,
            program: std::path::PathBuf::new(),
            samples: vec![sample(*value)],
        });
        Measured {
            lanes: lanes.collect(),
            reference: Some(1),
            ran_as: row.name.clone(),
            left_out: Vec::new(),
            row,
        }
    }

    #[test]
    fn each_row_has_its_bar_and_its_ratio() {
        let row = measured("ping_pong", &[(Peer::Heist(2), 1.0), (Peer::Tokio(2), 2.5)]);
        let svg = ratios(&[&row]).expect("there is a ratio");
        assert!(svg.contains("ping_pong") && svg.contains("2.50×"), "{svg}");
        assert!(svg.contains(BETTER) && !svg.contains(WORSE));
    }

    #[test]
    fn servers_are_drawn_with_all_their_peers() {
        let row = measured("echo/64/128", &[(Peer::Heist(2), 1.0), (Peer::Epoll, 2.0)]);
        let svg = servers(&[&row]).expect("there is a server");
        assert!(svg.contains("heist/2") && svg.contains("epoll"), "{svg}");
    }

    #[test]
    fn without_ratios_there_is_no_picture() {
        assert!(ratios(&[]).is_none() && servers(&[]).is_none());
    }
}
