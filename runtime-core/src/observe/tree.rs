//! The tree of tasks, as people see it.

use std::fmt;

use super::tasks::{TaskInfo, TaskList};

/// The tasks of a [`TaskList`], each below the one that spawned it: prints as a tree.
#[derive(Clone, Debug)]
pub struct TaskTree<'a> {
    list: &'a TaskList,
}

/// A line that is still to be printed.
struct Line {
    task: usize,
    /// For each level above, whether more follows there.
    open: Vec<bool>,
}

impl<'a> TaskTree<'a> {
    pub(super) fn new(list: &'a TaskList) -> Self {
        Self { list }
    }

    /// The places of the tasks without a parent in the list, and for each task those of its children.
    fn families(&self) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut roots = Vec::new();
        let mut children = vec![Vec::new(); self.list.len()];
        for (task, parent) in self.list.parents().enumerate() {
            match parent {
                Some(parent) => children[parent].push(task),
                None => roots.push(task),
            }
        }
        (roots, children)
    }
}

impl fmt::Display for TaskTree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.list.knows_parents() {
            writeln!(f, "{PARENTS_UNKNOWN}")?;
        }
        let tasks: Vec<_> = self.list.iter().collect();
        let (roots, children) = self.families();
        // A stack of our own: tasks may be nested deeper than the thread's goes.
        let mut lines: Vec<_> = roots
            .into_iter()
            .rev()
            .map(|task| Line {
                task,
                open: Vec::new(),
            })
            .collect();
        while let Some(line) = lines.pop() {
            write_line(f, &line, tasks[line.task])?;
            let below = &children[line.task];
            for (number, &task) in below.iter().enumerate().rev() {
                let mut open = line.open.clone();
                // Deeper ones stand below each other: a page has an end.
                if open.len() < DEEPEST {
                    open.push(number + 1 < below.len());
                }
                lines.push(Line { task, open });
            }
        }
        Ok(())
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, line: &Line, task: &TaskInfo) -> fmt::Result {
    if let Some((last, above)) = line.open.split_last() {
        for open in above {
            f.write_str(if *open { "│  " } else { "   " })?;
        }
        f.write_str(if *last { "├─ " } else { "└─ " })?;
    }
    match task.name() {
        Some(name) => write!(f, "{name}")?,
        None => write!(f, "task")?,
    }
    write!(f, " {}  {}  {}", task.id(), task.state(), task.spawned_at())?;
    match task.polls() {
        Some(1) => writeln!(f, "  1 poll"),
        Some(polls) => writeln!(f, "  {polls} polls"),
        None => writeln!(f),
    }
}

/// Levels that are indented.
const DEEPEST: usize = 32;

const PARENTS_UNKNOWN: &str =
    "who spawned whom is known in debug mode only: set HEIST_DEBUG=1, or call `Builder::debug`";
