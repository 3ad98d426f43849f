//! Group `io`: copying and files. Compiled once per peer.
//!
//! Files are in the folder for temporary ones, so what is measured is the way to the system's cache and back, not a
//! disk. They are made before the clock runs.

use super::peer::fs::{self, File};
use super::peer::io::{AsyncReadExt, AsyncWriteExt, copy};
use super::peer::runtime::Runtime;
use super::peer::spawn;
use crate::measure::{Sample, repeat};
use std::future::Future;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, Instant};

const LARGE: usize = 64 << 20;
const FILES: usize = 1_000;
const SMALL: usize = 4 << 10;

/// Run the row `name`, if it belongs to this group.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<io::Result<Sample>> {
    let (work, size) = name.split_once('/')?;
    let size = bytes(size)?;
    Some(match work {
        "copy" => Ok(copy_memory(rt, size)),
        "file_read" => read_large(rt, size),
        "file_write" => write_large(rt, size),
        "small_files" => read_small(rt, size),
        _ => return None,
    })
}

/// `4KiB`, `64MiB`, or a plain number.
fn bytes(text: &str) -> Option<usize> {
    let (number, shift) = match (text.strip_suffix("KiB"), text.strip_suffix("MiB")) {
        (Some(number), _) => (number, 10),
        (_, Some(number)) => (number, 20),
        _ => (text, 0),
    };
    let number: usize = number.parse().ok().filter(|number| *number > 0)?;
    number.checked_shl(shift)
}

fn in_worker(rt: &Runtime, work: impl Future<Output = Duration> + Send + 'static) -> Duration {
    rt.block_on(rt.spawn(work))
        .expect("the workload does not panic")
}

/// From memory to memory.
fn copy_memory(rt: &Runtime, size: usize) -> Sample {
    let source: &'static [u8] = vec![7; size].leak();
    repeat(1, || {
        in_worker(rt, async {
            let mut destination = Vec::with_capacity(source.len());
            let start = Instant::now();
            let copied = copy(&mut &source[..], &mut destination).await;
            let took = start.elapsed();
            assert_eq!(copied.expect("memory has no errors"), source.len() as u64);
            black_box(destination);
            took
        })
    })
}

/// From the start to the end, in pieces of `size` bytes.
fn read_large(rt: &Runtime, size: usize) -> io::Result<Sample> {
    let folder = Folder::new()?;
    let path = folder.file(0);
    std::fs::write(&path, vec![7; LARGE])?;
    Ok(repeat(1, || {
        let path = path.clone();
        in_worker(rt, async move {
            let mut piece = vec![0; size];
            let start = Instant::now();
            let mut file = File::open(path).await.expect("the file is there");
            let mut total = 0;
            loop {
                match file.read(&mut piece).await.expect("the file is read") {
                    0 => break,
                    count => total += count,
                }
            }
            let took = start.elapsed();
            assert_eq!(total, LARGE);
            took
        })
    }))
}

/// A new file, in pieces of `size` bytes, flushed at the end.
fn write_large(rt: &Runtime, size: usize) -> io::Result<Sample> {
    let folder = Folder::new()?;
    let path = folder.file(0);
    let sample = repeat(1, || {
        let path = path.clone();
        in_worker(rt, async move {
            let piece = vec![7; size];
            let mut file = File::create(path).await.expect("the file is made");
            let start = Instant::now();
            for _ in 0..LARGE / size {
                file.write_all(&piece).await.expect("the file is written");
            }
            file.flush().await.expect("the file is written");
            start.elapsed()
        })
    });
    assert_eq!(std::fs::metadata(&path)?.len(), LARGE as u64);
    Ok(sample)
}

/// A thousand small files, by so many tasks at once.
fn read_small(rt: &Runtime, tasks: usize) -> io::Result<Sample> {
    let folder = Folder::new()?;
    let files: Vec<_> = (0..FILES).map(|number| folder.file(number)).collect();
    for file in &files {
        std::fs::write(file, [7; SMALL])?;
    }
    Ok(repeat(1, || {
        let files = files.clone();
        in_worker(rt, async move {
            let start = Instant::now();
            let share = FILES.div_ceil(tasks);
            let readers: Vec<_> = files
                .chunks(share)
                .map(|files| spawn(read_each(files.to_vec())))
                .collect();
            let mut total = 0;
            for reader in readers {
                total += reader.await.expect("the reader does not panic");
            }
            assert_eq!(total, FILES * SMALL);
            start.elapsed()
        })
    }))
}

async fn read_each(files: Vec<PathBuf>) -> usize {
    let mut total = 0;
    for file in files {
        total += fs::read(file).await.expect("the file is there").len();
    }
    total
}

/// A folder of this process, removed with all that is in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("heist-bench-{}", process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn file(&self, number: usize) -> PathBuf {
        let Self(path) = self;
        Path::new(path).join(number.to_string())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
