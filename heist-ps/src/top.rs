//! The live screen: ask, draw, wait for a key, once a second.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::client;
use crate::screen::Screen;
use crate::snapshot::Snapshot;

/// Shows the screen until the user has enough, or the program has ended.
pub(crate) fn run(socket: &Path) -> Result<(), String> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(
            "top needs a terminal for its input and output: use ps, tree, dump or json".into(),
        );
    }
    // Before the screen changes: what is wrong is said where the user is.
    let first = look(socket)?;
    let mut terminal =
        ratatui::try_init().map_err(|error| format!("cannot use this terminal: {error}"))?;
    let ended = live(&mut terminal, socket, first);
    ratatui::restore();
    ended
}

fn look(socket: &Path) -> Result<Snapshot, String> {
    let answer = client::ask(socket, &format!("json {MOST_TASKS}"))?;
    Snapshot::parse(&answer, Instant::now())
}

/// What the user has set.
#[derive(Default)]
struct View {
    paused: bool,
    scrolled: usize,
}

fn live(terminal: &mut DefaultTerminal, socket: &Path, first: Snapshot) -> Result<(), String> {
    let (mut now, mut before) = (first, None);
    let mut view = View::default();
    let mut next = Instant::now() + PERIOD;
    loop {
        let screen = Screen {
            socket,
            now: &now,
            before: before.as_ref(),
            paused: view.paused,
            scrolled: view.scrolled,
        };
        let failed = |error: io::Error| format!("cannot use this terminal: {error}");
        terminal.draw(|frame| screen.draw(frame)).map_err(failed)?;
        if event::poll(next.saturating_duration_since(Instant::now())).map_err(failed)? {
            let most = now.tasks().len().saturating_sub(1);
            match event::read().map_err(failed)? {
                Event::Key(key) if !view.obey(key, most) => return Ok(()),
                _ => continue,
            }
        }
        if !view.paused {
            before = Some(std::mem::replace(&mut now, look(socket)?));
            view.scrolled = view.scrolled.min(now.tasks().len().saturating_sub(1));
        }
        next = Instant::now() + PERIOD;
    }
}

impl View {
    /// False: it is the key that ends it.
    fn obey(&mut self, key: KeyEvent, most: usize) -> bool {
        if key.kind == KeyEventKind::Release {
            return true;
        }
        let scroll = |by: isize| self.scrolled.saturating_add_signed(by).min(most);
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return false,
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
            KeyCode::Char('p') => self.paused = !self.paused,
            KeyCode::Up => self.scrolled = scroll(-1),
            KeyCode::Down => self.scrolled = scroll(1),
            KeyCode::PageUp => self.scrolled = scroll(-PAGE),
            KeyCode::PageDown => self.scrolled = scroll(PAGE),
            KeyCode::Home => self.scrolled = 0,
            KeyCode::End => self.scrolled = most,
            _ => {}
        }
        true
    }
}

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(1);

/// More than any screen has lines; those of interest come first.
const MOST_TASKS: usize = 500;

const PAGE: isize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_scroll_pause_and_end() {
        let mut view = View::default();
        let mut press = |code, modifiers| {
            let goes_on = view.obey(KeyEvent::new(code, modifiers), 15);
            (goes_on, view.scrolled, view.paused)
        };
        let plain = KeyModifiers::NONE;
        assert_eq!(press(KeyCode::Up, plain), (true, 0, false));
        assert_eq!(press(KeyCode::Down, plain), (true, 1, false));
        assert_eq!(press(KeyCode::PageDown, plain), (true, 11, false));
        assert_eq!(press(KeyCode::PageDown, plain), (true, 15, false));
        assert_eq!(press(KeyCode::Home, plain), (true, 0, false));
        assert_eq!(press(KeyCode::End, plain), (true, 15, false));
        assert_eq!(press(KeyCode::Char('p'), plain), (true, 15, true));
        assert!(press(KeyCode::Char('c'), plain).0);
        assert!(!press(KeyCode::Char('c'), KeyModifiers::CONTROL).0);
        assert!(!press(KeyCode::Char('q'), plain).0);
    }
}
