//! Reading: windows, sizes, positions.

use std::future::poll_fn;
use std::io::{ErrorKind, SeekFrom};
use std::mem::MaybeUninit;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::task::Poll;

use runtime_core::{coop, task};
use runtime_io::fs::{self, File};
use runtime_io::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, ReadBuf,
};

use crate::support::{on_each, pattern};

#[test]
fn a_file_is_read_in_pieces_of_any_size() {
    on_each(async |dir| {
        let path = dir.join("file");
        let bytes = pattern(700_001);
        fs::write(&path, &bytes).await.unwrap();
        for size in [1000, 4096, 65_536, 300_000, 1_000_000] {
            let mut file = File::open(&path).await.unwrap();
            let (mut found, mut piece) = (Vec::new(), vec![0; size]);
            loop {
                let count = file.read(&mut piece).await.unwrap();
                found.extend_from_slice(&piece[..count]);
                if count < size {
                    break;
                }
            }
            assert!(found == bytes, "every piece but the last is full: {size}");
            assert_eq!(file.read(&mut piece).await.unwrap(), 0);
        }
    });
}

#[test]
fn lines_of_a_file_are_read() {
    on_each(async |dir| {
        let path = dir.join("file");
        let text: String = (0..10_000).map(|n| format!("line {n}\n")).collect();
        fs::write(&path, &text).await.unwrap();
        let mut lines = BufReader::new(File::open(&path).await.unwrap()).lines();
        let mut count = 0;
        while let Some(line) = lines.next_line().await.unwrap() {
            assert_eq!(line, format!("line {count}"));
            count += 1;
        }
        assert_eq!(count, 10_000);
    });
}

#[test]
fn the_position_is_where_the_reader_is_whatever_was_read_ahead() {
    on_each(async |dir| {
        let path = dir.join("file");
        let bytes = pattern(400_000);
        fs::write(&path, &bytes).await.unwrap();
        let mut file = File::open(&path).await.unwrap();
        let mut piece = [0; 1000];
        for turn in 1..=50_u64 {
            file.read_exact(&mut piece).await.unwrap();
            let std: &std::fs::File = &file.try_clone().await.unwrap().into_std().await;
            let position = std::io::Seek::stream_position(&mut &*std).unwrap();
            assert_eq!(position, turn * 1000);
            assert!(piece == bytes[position as usize - 1000..][..1000]);
        }
    });
}

#[test]
fn whoever_moves_the_position_behind_the_windows_back_is_followed() {
    on_each(async |dir| {
        let path = dir.join("file");
        let bytes = pattern(400_000);
        fs::write(&path, &bytes).await.unwrap();
        let mut file = File::open(&path).await.unwrap();
        let mut other = file.try_clone().await.unwrap();
        let mut piece = [0; 100];
        for turn in 0..60 {
            file.read_exact(&mut piece).await.unwrap();
            file.read_exact(&mut piece).await.unwrap();
            let from = turn * 1000 + 100;
            assert!(piece == bytes[from..][..100], "turn {turn}");
            let next = (turn as u64 + 1) * 1000;
            other.seek(SeekFrom::Start(next)).await.unwrap();
        }
    });
}

#[test]
fn seeks_and_reads_and_writes_in_turn() {
    on_each(async |dir| {
        let mut file = File::create_new(dir.join("file")).await.unwrap();
        let mut model = pattern(200_000);
        file.write_all(&model).await.unwrap();
        assert_eq!(file.rewind().await.unwrap(), 0);
        let mut piece = [0; 777];
        let mut position = 0_usize;
        for turn in 0..200 {
            match turn % 5 {
                0 | 1 => {
                    let count = file.read(&mut piece).await.unwrap();
                    assert!(piece[..count] == model[position..position + count]);
                    assert_eq!(count, piece.len().min(model.len() - position));
                    position += count;
                }
                2 => {
                    let text = format!("turn {turn}");
                    file.write_all(text.as_bytes()).await.unwrap();
                    model[position..][..text.len()].copy_from_slice(text.as_bytes());
                    position += text.len();
                }
                3 => {
                    let back = -((position as i64).min(300));
                    position = (position as i64 + back) as usize;
                    let reached = file.seek(SeekFrom::Current(back)).await.unwrap();
                    assert_eq!(reached, position as u64);
                }
                _ => {
                    let to = if turn % 10 == 4 {
                        SeekFrom::End(-((turn * 100) as i64) - 20_000)
                    } else {
                        SeekFrom::Start(turn as u64 * 500)
                    };
                    position = match to {
                        SeekFrom::Start(start) => start as usize,
                        SeekFrom::End(back) => (model.len() as i64 + back) as usize,
                        SeekFrom::Current(_) => unreachable!(),
                    };
                    assert_eq!(file.seek(to).await.unwrap(), position as u64);
                }
            }
        }
        file.rewind().await.unwrap();
        let mut all = Vec::new();
        file.read_to_end(&mut all).await.unwrap();
        assert!(all == model);
    });
}

#[test]
fn a_seek_before_the_start_is_refused_and_moves_nothing() {
    on_each(async |dir| {
        let mut file = File::create_new(dir.join("file")).await.unwrap();
        file.write_all(b"0123456789").await.unwrap();
        file.seek(SeekFrom::Start(4)).await.unwrap();
        for wrong in [SeekFrom::Current(-5), SeekFrom::End(-11)] {
            assert!(file.seek(wrong).await.is_err());
            assert_eq!(file.stream_position().await.unwrap(), 4);
        }
        assert_eq!(file.read_u8().await.unwrap(), b'4');
        assert_eq!(file.seek(SeekFrom::Start(100)).await.unwrap(), 100);
        assert_eq!(file.read(&mut [0; 1]).await.unwrap(), 0);
    });
}

#[test]
fn a_file_that_grows_is_read_on() {
    on_each(async |dir| {
        let path = dir.join("log");
        let writer = std::fs::File::create(&path).unwrap();
        let mut file = File::open(&path).await.unwrap();
        let mut found = Vec::new();
        for turn in 0..20_u64 {
            writer
                .write_all_at(&[turn as u8; 10_000], turn * 10_000)
                .unwrap();
            assert_eq!(file.read_to_end(&mut found).await.unwrap(), 10_000);
        }
        assert!(
            found
                .iter()
                .enumerate()
                .all(|(place, byte)| place / 10_000 == *byte as usize)
        );
    });
}

#[test]
fn the_limit_of_one_read_is_kept() {
    on_each(async |dir| {
        let path = dir.join("file");
        fs::write(&path, pattern(10_000)).await.unwrap();
        let mut file = File::open(&path).await.unwrap();
        file.set_max_buf_size(1500);
        let mut found = Vec::new();
        let mut piece = [0; 4096];
        while found.len() < 9000 {
            assert_eq!(file.read(&mut piece).await.unwrap(), 1500);
            found.extend_from_slice(&piece[..1500]);
        }
        assert_eq!(file.read(&mut piece).await.unwrap(), 1000);
    });
}

#[test]
fn devices_and_pseudo_files_are_read() {
    on_each(async |_| {
        let mut zero = File::open("/dev/zero").await.unwrap();
        let mut piece = vec![1; 100_000];
        zero.read_exact(&mut piece).await.unwrap();
        assert!(piece.iter().all(|byte| *byte == 0));

        let mut random = File::open("/dev/urandom").await.unwrap();
        for _ in 0..10 {
            random.read_exact(&mut piece[..100]).await.unwrap();
        }

        let mut null = File::open("/dev/null").await.unwrap();
        assert_eq!(null.read(&mut piece).await.unwrap(), 0);

        let status = fs::read_to_string("/proc/self/status").await.unwrap();
        let mut text = String::new();
        let mut file = File::open("/proc/self/status").await.unwrap();
        file.read_to_string(&mut text).await.unwrap();
        let name = |text: &str| text.lines().next().map(str::to_owned);
        assert_eq!(name(&text), name(&status));
    });
}

/// Rule F2.
#[test]
fn reading_what_is_at_hand_uses_the_budget() {
    on_each(async |dir| {
        let path = dir.join("file");
        fs::write(&path, pattern(100_000)).await.unwrap();
        let mut file = File::open(&path).await.unwrap();
        let mut piece = [0; 100];
        file.read_exact(&mut piece).await.unwrap();
        file.read_exact(&mut piece).await.unwrap();
        while coop::has_budget_remaining() {
            coop::consume_budget().await;
        }
        let refused = poll_fn(|cx| {
            let mut buf = ReadBuf::new(&mut piece);
            Poll::Ready(Pin::new(&mut file).poll_read(cx, &mut buf).is_pending())
        });
        assert!(refused.await);
        file.read_exact(&mut piece).await.unwrap();
        assert!(piece == pattern(300)[200..]);
    });
}

#[test]
fn a_large_read_in_place_takes_several_units() {
    on_each(async |dir| {
        let path = dir.join("file");
        fs::write(&path, pattern(1_000_000)).await.unwrap();
        let mut file = File::open(&path).await.unwrap();
        let mut large = vec![0; 640 * 1024];
        task::yield_now().await;
        let left = poll_fn(|cx| {
            let mut buf = ReadBuf::new(&mut large);
            let in_place = Pin::new(&mut file).poll_read(cx, &mut buf).is_ready();
            let mut left = 0;
            while coop::has_budget_remaining() {
                let Poll::Ready(unit) = coop::poll_proceed(cx) else {
                    break;
                };
                unit.made_progress();
                left += 1;
            }
            Poll::Ready(in_place.then_some(left))
        });
        // Where it cannot be read in place, it takes a job.
        assert!(left.await.is_none_or(|left| left == 128 - 11));
    });
}

/// Reads into memory that nobody has written: no more of it counts as written than the system filled.
#[test]
fn pool_13_a_short_read_claims_no_more_than_it_filled() {
    on_each(async |dir| {
        let path = dir.join("file");
        let bytes = pattern(10);
        fs::write(&path, &bytes).await.unwrap();

        let mut file = File::open(&path).await.unwrap();
        let mut memory = [MaybeUninit::uninit(); 64];
        let mut buf = ReadBuf::uninit(&mut memory);
        // At the end of the file nothing is added.
        for _ in 0..2 {
            poll_fn(|cx| Pin::new(&mut file).poll_read(cx, &mut buf))
                .await
                .unwrap();
            assert_eq!(buf.filled(), bytes);
            assert_eq!(buf.initialized().len(), bytes.len());
        }

        let mut file = File::open(&path).await.unwrap();
        let mut vec = Vec::with_capacity(4096);
        for _ in 0..2 {
            file.read_buf(&mut vec).await.unwrap();
            assert_eq!(vec, bytes);
        }

        let mut file = File::open(&path).await.unwrap();
        let mut exact = [7; 16];
        let error = file.read_exact(&mut exact).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert_eq!((&exact[..10], &exact[10..]), (&bytes[..], &[7; 6][..]));
    });
}
