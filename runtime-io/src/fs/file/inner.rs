//! What a file is doing, and what is in its buffers. The states and edges are drawn in [`fs`](crate::fs).

use std::fs::File;
use std::io::{self, IoSlice, Seek, SeekFrom};
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use runtime_core::task::{JoinError, JoinHandle};
use runtime_core::{Handle, coop};

use super::behind::{Accepted, Behind, Offer, Writer};
use super::now::{Now, read_now};
use super::window::{Served, Want, Window};
use crate::fs::job;
use crate::io::{ReadBuf, budget};

/// Bytes read in place for each further unit of the budget.
const BYTES_PER_UNIT: usize = 64 * 1024;

/// The least that is read ahead, if anything is.
const LEAST_AHEAD: usize = 64 * 1024;

/// All of a file but the descriptor.
#[derive(Debug)]
pub(super) struct Inner {
    state: State,
    window: Window,
    behind: Arc<Behind>,
    /// An error of a write, seen by an operation that is not asked about writes. The next write or flush tells it.
    write_error: Option<io::Error>,
    /// Where the last seek ended.
    position: u64,
    /// The system tells what is in its cache, as far as is known.
    in_place: bool,
    /// A regular file, asked for by the first job that reads.
    regular: Option<bool>,
    /// Read this much at least, the next time in a row; 0 at the beginning of a row.
    ahead: usize,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Reading(JoinHandle<Fetched>),
    Seeking(JoinHandle<io::Result<u64>>),
    /// A seek has ended, and nobody has asked yet.
    Sought(io::Result<u64>),
    Writing,
    /// Something that has its own way to tell its result.
    Alone(JoinHandle<()>),
}

/// What a job that reads comes back with.
#[derive(Debug)]
struct Fetched {
    window: Window,
    regular: bool,
    count: io::Result<usize>,
}

impl Inner {
    pub(super) fn new() -> Self {
        Self {
            state: State::Idle,
            window: Window::default(),
            behind: Arc::new(Behind::new()),
            write_error: None,
            position: 0,
            in_place: true,
            regular: None,
            ahead: 0,
        }
    }

    /// Waits until the file is idle. What the last operation read is in the window, where its seek ended is known, and if it
    /// wrote, this is how that went.
    pub(super) fn poll_settle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = match &mut self.state {
            State::Idle => Ok(()),
            State::Reading(job) => {
                let fetched = ready!(Pin::new(job).poll(cx));
                self.take_back(fetched).map(drop)
            }
            State::Seeking(job) => match ready!(Pin::new(job).poll(cx)) {
                Ok(sought) => {
                    self.position = sought.unwrap_or(self.position);
                    Ok(())
                }
                Err(lost) => Err(job::from_lost(&lost)),
            },
            State::Sought(sought) => {
                self.position = *sought.as_ref().unwrap_or(&self.position);
                Ok(())
            }
            State::Writing => ready!(self.behind.poll_written(cx)),
            State::Alone(job) => match ready!(Pin::new(job).poll(cx)) {
                Ok(()) => Ok(()),
                Err(lost) => Err(job::from_lost(&lost)),
            },
        };
        self.state = State::Idle;
        Poll::Ready(result)
    }

    /// The same, for an operation that is not asked about writes: an error stays for one that is.
    pub(super) fn poll_settle_quietly(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Err(error) = ready!(self.poll_settle(cx)) {
            self.write_error = Some(error);
        }
        Poll::Ready(())
    }

    /// The error of a write that is still to be told; it stays.
    pub(super) fn untold_error(&self) -> Option<io::Error> {
        let error = self.write_error.as_ref()?;
        Some(match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        })
    }

    /// Reads into `buf`, at most `most` bytes.
    pub(super) fn poll_read(
        &mut self,
        file: &Arc<File>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        most: usize,
    ) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let mut moved = false;
        loop {
            let unit = if let State::Reading(job) = &mut self.state {
                let fetched = ready!(Pin::new(job).poll(cx));
                if self.take_back(fetched)?? == 0 {
                    return Poll::Ready(Ok(()));
                }
                // The job has cost one.
                None
            } else {
                ready!(self.poll_settle_quietly(cx));
                Some(ready!(coop::poll_proceed(cx)))
            };
            if let Some(count) = self.read_here(file, buf, most, &mut moved) {
                unit.inspect(coop::RestoreOnPending::made_progress);
                pay_for(count, cx);
                return Poll::Ready(Ok(()));
            }
            self.fetch(file, buf.remaining().min(most), most, moved);
        }
    }

    /// Reads what can be had without a job. `moved` is set if the position is not where the window thought it was.
    fn read_here(
        &mut self,
        file: &File,
        buf: &mut ReadBuf<'_>,
        most: usize,
        moved: &mut bool,
    ) -> Option<usize> {
        if !self.window.is_empty() {
            match self.window.serve(file, buf, most) {
                Served::Bytes(count) => return Some(count),
                Served::TooFew => return None,
                Served::Moved => *moved = true,
            }
        }
        if self.in_place {
            match read_now(file, buf, most) {
                Now::Read(count) => return Some(count),
                Now::Later => {}
                Now::Never => self.in_place = false,
            }
        }
        None
    }

    /// Starts a job that reads `asked` bytes, and perhaps some more: never more than `most`.
    fn fetch(&mut self, file: &Arc<File>, asked: usize, most: usize, plain: bool) {
        let handle = Handle::current();
        // Where the system's cache can be read in place, it is the system that reads ahead.
        let ahead = if self.in_place { 0 } else { self.ahead };
        let (file, known) = (Arc::clone(file), self.regular);
        let mut window = mem::take(&mut self.window);
        self.state = State::Reading(handle.spawn_blocking(move || {
            let regular =
                known.unwrap_or_else(|| file.metadata().is_ok_and(|metadata| metadata.is_file()));
            let want = if regular && !plain {
                Want::Ahead(asked.max(ahead.min(most)))
            } else {
                Want::Plain(asked)
            };
            let count = window.fetch(&file, want);
            Fetched {
                window,
                regular,
                count,
            }
        }));
    }

    /// The job that read has ended. The outer error is that it was lost, the inner one that of the file.
    fn take_back(&mut self, fetched: Result<Fetched, JoinError>) -> io::Result<io::Result<usize>> {
        self.state = State::Idle;
        let fetched = fetched.map_err(|lost| job::from_lost(&lost))?;
        self.window = fetched.window;
        self.regular = Some(fetched.regular);
        self.ahead = match fetched.count {
            Ok(count) if count > 0 => count.saturating_mul(2).max(LEAST_AHEAD),
            _ => 0,
        };
        Ok(fetched.count)
    }

    /// Accepts bytes, at most `most` in one buffer, and sees to it that a job writes them.
    pub(super) fn poll_write(
        &mut self,
        file: &Arc<File>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        most: usize,
    ) -> Poll<io::Result<usize>> {
        if let Some(error) = self.write_error.take() {
            return Poll::Ready(Err(error));
        }
        if slices.iter().all(|slice| slice.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        if !matches!(self.state, State::Writing) {
            ready!(self.poll_settle(cx))?;
            self.begin_anew(file);
        }
        let mut offer = Offer::new(slices, most);
        let behind = Arc::clone(&self.behind);
        let mut accepted =
            ready!(budget::poll_with_unit(cx, |cx| behind.poll_accept(cx, &mut offer)));
        let result = loop {
            if let Err(error) = accepted.and_then(|accepted| self.see_to(accepted, file)) {
                break Err(error);
            }
            match behind.accept_more(&mut offer) {
                Some(more) => accepted = Ok(more),
                None => break Ok(offer.taken()),
            }
        };
        self.state = if result.is_ok() {
            State::Writing
        } else {
            State::Idle
        };
        if let Ok(count) = result {
            pay_for(count, cx);
        }
        Poll::Ready(result)
    }

    /// Starts the job that was found missing.
    fn see_to(&self, accepted: Accepted, file: &Arc<File>) -> io::Result<()> {
        if accepted == Accepted::Start {
            // If it cannot be handed over, the writer notes that when it is dropped.
            let writer = Writer::new(Arc::clone(&self.behind), Arc::clone(file));
            drop(Handle::current().spawn_mandatory(move || writer.run()));
            if self.behind.was_refused() {
                return Err(job::lost());
            }
        }
        Ok(())
    }

    /// Waits until all is written, or tells why not.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.write_error.take() {
            return Poll::Ready(Err(error));
        }
        budget::poll_with_unit(cx, |cx| self.poll_settle(cx))
    }

    /// Moves the position, at once if that needs no look at the size of the file.
    pub(super) fn start_seek(&mut self, file: &Arc<File>, to: SeekFrom) -> io::Result<()> {
        if !matches!(self.state, State::Idle) {
            return Err(io::Error::other(
                "other file operation is pending, call poll_complete before start_seek",
            ));
        }
        self.begin_anew(file);
        self.state = match to {
            SeekFrom::End(_) => {
                let file = Arc::clone(file);
                State::Seeking(Handle::current().spawn_blocking(move || (&*file).seek(to)))
            }
            SeekFrom::Start(_) | SeekFrom::Current(_) => State::Sought((&**file).seek(to)),
        };
        Ok(())
    }

    /// Waits for the seek, or for anything else that is under way, and says where the last seek ended.
    pub(super) fn poll_complete(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let sought = match &mut self.state {
            State::Idle => return Poll::Ready(Ok(self.position)),
            State::Seeking(job) => {
                let sought = ready!(Pin::new(job).poll(cx));
                sought.unwrap_or_else(|lost| Err(job::from_lost(&lost)))
            }
            State::Sought(_) => {
                ready!(budget::poll_spend(cx));
                match mem::take(&mut self.state) {
                    State::Sought(sought) => sought,
                    _ => Ok(self.position),
                }
            }
            State::Reading(_) | State::Writing | State::Alone(_) => {
                ready!(self.poll_settle_quietly(cx));
                Ok(self.position)
            }
        };
        self.state = State::Idle;
        if let Ok(position) = sought {
            self.position = position;
        }
        Poll::Ready(sought)
    }

    /// Starts something that needs the file for itself. The file is idle.
    pub(super) fn start_alone(&mut self, job: impl FnOnce() + Send + 'static) {
        self.state = State::Alone(Handle::current().spawn_blocking(job));
    }

    /// Before something that begins at the position of the file, or changes what is there: nothing in the window counts any more.
    pub(super) fn begin_anew(&mut self, file: &File) {
        self.window.give_back(file);
        self.ahead = 0;
    }
}

/// Copying costs time, so it costs units: those that are left, if there are not as many.
fn pay_for(bytes: usize, cx: &mut Context<'_>) {
    for _ in 0..bytes / BYTES_PER_UNIT {
        if coop::has_budget_remaining() {
            let _ = budget::poll_spend(cx);
        }
    }
}
