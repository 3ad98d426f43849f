//! Does what the command line asks.

use crate::cli::{Output, Task, USAGE, parse};
use crate::marks::{Verdict, verdicts};
use crate::pairs::{Measured, Plan};
use crate::report;
use crate::suite::{Group, Row};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// The whole program.
pub(crate) fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match parse(&arguments) {
        Ok(task) => run(task),
        Err(refusal) => {
            eprintln!("heist-bench: {refusal}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("heist-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `false` if a mark was missed that had to be reached.
fn run(task: Task) -> io::Result<bool> {
    match task {
        Task::Help => say(USAGE)?,
        Task::List => say(&list())?,
        Task::Cores(costs) => say(crate::cores::tables(&costs).trim_end())?,
        Task::Part(part) => {
            if let Some(sample) = part.run()? {
                let sample: serde_json::Value = sample
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), serde_json::Value::from(value)))
                    .collect();
                say(&sample.to_string())?;
            }
        }
        Task::Measure {
            rows,
            plan,
            output,
            must_reach,
        } => {
            let reached = measure(&rows, &plan, &output)?;
            return Ok(reached || !must_reach);
        }
        Task::Compare {
            revisions,
            rows,
            plan,
            output,
        } => {
            say(report::heading().trim_end())?;
            let results = crate::ab::measure(&revisions, &rows, &plan)?;
            for measured in &results {
                say(report::table(measured).trim_end())?;
            }
            if let Some(folder) = &output.folder {
                fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
            }
            keep(&output, &plan, &results, &[])?;
        }
    }
    Ok(true)
}

/// `true` if no mark was missed.
fn measure(rows: &[Row], plan: &Plan, output: &Output) -> io::Result<bool> {
    // Before hours are spent on what could not be written.
    if let Some(folder) = &output.folder {
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    }
    say(report::heading().trim_end())?;
    let (mut results, mut all_verdicts): (Vec<Measured>, Vec<Verdict>) = Default::default();
    for row in rows {
        let measured = plan.measure(row)?;
        say(report::table(&measured).trim_end())?;
        all_verdicts.extend(verdicts(&measured));
        results.push(measured);
        // After every row, so that a run that is broken off leaves what it has found out.
        keep(output, plan, &results, &all_verdicts)?;
    }
    if !all_verdicts.is_empty() {
        say("\nmarks")?;
    }
    for verdict in &all_verdicts {
        say(&format!("  {verdict}"))?;
    }
    Ok(all_verdicts.iter().all(|verdict| verdict.reached))
}

fn keep(output: &Output, plan: &Plan, results: &[Measured], all: &[Verdict]) -> io::Result<()> {
    if let Some(path) = &output.json {
        let text = format!("{:#}\n", report::json(plan, results, all));
        fs::write(path, text).map_err(|error| cannot_write(path, &error))?;
    }
    match &output.folder {
        Some(folder) => report::write_all(folder, plan, results, all),
        None => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("cannot write {}: {error}", path.display()))
}

fn list() -> String {
    let line = |group: Group| format!("{:<7}{}", group.name(), group.rows().join("  "));
    let lines: Vec<_> = Group::ALL.into_iter().map(line).collect();
    format!(
        "{}\n\nnet also has echo/C/B for any C connections and B bytes",
        lines.join("\n")
    )
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}
