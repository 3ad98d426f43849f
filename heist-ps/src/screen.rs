//! What `top` draws.

use std::path::Path;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, Paragraph, Row, Table};

use crate::snapshot::{PLACE_WIDTH, Snapshot};

/// All that is on the screen.
pub(crate) struct Screen<'a> {
    pub(crate) socket: &'a Path,
    pub(crate) now: &'a Snapshot,
    pub(crate) before: Option<&'a Snapshot>,
    pub(crate) paused: bool,
    /// Tasks above the first line of the table.
    pub(crate) scrolled: usize,
}

impl Screen<'_> {
    pub(crate) fn draw(&self, frame: &mut Frame<'_>) {
        let slots = self.now.slots(self.before);
        let areas = Layout::vertical([
            Constraint::Length(4),
            Constraint::Length(slots.len().min(16) as u16 + 2),
            Constraint::Min(2),
            Constraint::Length(1),
        ])
        .split(frame.area());
        frame.render_widget(self.head(), areas[0]);
        let rows = slots.iter().map(|slot| {
            let rate = |rate: Option<u64>, unit: &str| {
                rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate}{unit}"))
            };
            let cells = [
                slot.thread.clone(),
                rate(slot.busy, " %"),
                rate(slot.polls, "/s"),
                slot.queued.to_string(),
                slot.doing.clone(),
            ];
            Row::new(cells.map(Cell::from))
        });
        let widths = [20, 6, 12, 7, 30].map(Constraint::Length);
        let head = heading(&["WORKER", "BUSY", "POLLS", "QUEUE", "DOING"]);
        frame.render_widget(Table::new(rows, widths).header(head), areas[1]);
        self.draw_tasks(frame, areas[2]);
        frame.render_widget(Paragraph::new(KEYS).style(dim()), areas[3]);
    }

    fn head(&self) -> Paragraph<'_> {
        let now = self.now;
        let count = |name: &str| now.number(&format!("/runtime/{name}"));
        let state = |name: &str| now.number(&format!("/task_states/{name}"));
        let name = match now.text("/runtime/name") {
            "" => "a heist runtime",
            name => name,
        };
        let mut title = vec![
            Span::styled(name.to_owned(), Style::new().add_modifier(Modifier::BOLD)),
            Span::raw(format!(
                "  {}  at {}",
                now.text("/runtime/flavor"),
                self.socket.display()
            )),
        ];
        if self.paused {
            title.push(Span::styled("  PAUSED", Style::new().fg(Color::Yellow)));
        }
        let slow = count("slow_polls");
        let alarm = if slow > 0 {
            Style::new().fg(Color::Red)
        } else {
            Style::new()
        };
        Paragraph::new(vec![
            Line::from(title),
            Line::from(format!(
                "tasks {}: {} running, {} ready, {} ending, {} waiting",
                state("total"),
                state("running"),
                state("ready"),
                state("ending"),
                state("waiting")
            )),
            Line::from(vec![
                Span::styled(format!("slow polls {slow}"), alarm),
                Span::raw(format!(
                    "  rescues {}  from outside {}  blocking threads {}, {} idle, {} jobs queued",
                    count("rescues"),
                    count("queued_from_outside"),
                    count("blocking_threads"),
                    count("blocking_threads_idle"),
                    count("blocking_jobs_queued")
                )),
            ]),
        ])
    }

    fn draw_tasks(&self, frame: &mut Frame<'_>, area: Rect) {
        let head = self.now.task_head();
        let rows = self.now.tasks().into_iter().skip(self.scrolled);
        let rows = rows.take(usize::from(area.height)).map(|row| {
            let style = match &*row[1] {
                "running" => Style::new().fg(Color::Green),
                "ready" => Style::new().fg(Color::Yellow),
                "ending" => Style::new().fg(Color::Red),
                _ => Style::new(),
            };
            Row::new(row).style(style)
        });
        let mut widths = vec![Constraint::Length(16), Constraint::Length(8)];
        if self.now.debug() {
            widths.push(Constraint::Length(10));
        }
        widths.extend([
            Constraint::Length(18),
            Constraint::Length(PLACE_WIDTH as u16),
            Constraint::Min(10),
        ]);
        frame.render_widget(Table::new(rows, widths).header(heading(&head)), area);
    }
}

fn heading<'a>(words: &[&'a str]) -> Row<'a> {
    Row::new(words.to_vec()).style(Style::new().add_modifier(Modifier::REVERSED))
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

const KEYS: &str = "q quit   ↑ ↓ PgUp PgDn scroll   p pause";

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::snapshot::tests::snapshot;

    /// The lines of a screen of this size.
    fn drawn(width: u16, height: u16, scrolled: usize, paused: bool) -> Vec<String> {
        let then = Instant::now();
        let before = snapshot(0, 0, then);
        let now = snapshot(500, 250_000, then + Duration::from_secs(1));
        let screen = Screen {
            socket: Path::new("/run/web.sock"),
            now: &now,
            before: Some(&before),
            paused,
            scrolled,
        };
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| screen.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let lines = buffer.content.chunks(usize::from(width));
        lines
            .map(|line| line.iter().map(|cell| cell.symbol()).collect())
            .collect()
    }

    #[test]
    fn everything_is_on_the_screen() {
        let screen = drawn(110, 20, 0, false).join("\n");
        for part in [
            "web  MultiThread  at /run/web.sock",
            "tasks 2: 1 running, 0 ready, 0 ending, 1 waiting",
            "slow polls 2  rescues 1",
            "worker",
            "25 %",
            "500/s",
            "polls 99",
            "accept",
            "src/main.rs:3:7",
            "web::serve",
            "q quit",
        ] {
            assert!(screen.contains(part), "{part} is not in\n{screen}");
        }
        assert!(!screen.contains("PAUSED"));
    }

    #[test]
    fn scrolling_leaves_out_what_is_above() {
        let screen = drawn(110, 20, 1, true).join("\n");
        assert!(
            !screen.contains("accept") && screen.contains("web::serve"),
            "{screen}"
        );
        assert!(screen.contains("PAUSED"));
    }

    #[test]
    fn a_small_terminal_is_no_reason_to_panic() {
        for (width, height) in [(1, 1), (10, 3), (200, 2), (3, 50)] {
            assert_eq!(drawn(width, height, 0, false).len(), usize::from(height));
        }
    }
}
