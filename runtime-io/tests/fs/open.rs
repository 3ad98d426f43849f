//! Opening files, and what an open file tells of itself.

use std::io::{Read, Seek};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use runtime_io::fs::{self, File, FileTimes, OpenOptions};
use runtime_io::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::support::on_each;

#[test]
fn each_option_does_what_it_says() {
    on_each(async |dir| {
        let path = dir.join("file");
        assert!(
            OpenOptions::new().open(&path).await.is_err(),
            "nothing asked for"
        );
        assert!(
            OpenOptions::new().write(true).open(&path).await.is_err(),
            "not there"
        );

        let mut options = OpenOptions::new();
        options.write(true).create(true).mode(0o640);
        let mut file = options.open(&path).await.unwrap();
        file.write_all(b"hello").await.unwrap();
        file.flush().await.unwrap();
        let mode = file.metadata().await.unwrap().permissions().mode();
        assert_eq!(mode & 0o777 & !0o640, 0);

        let mut file = OpenOptions::new().append(true).open(&path).await.unwrap();
        file.rewind().await.unwrap();
        file.write_all(b", world").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(fs::read(&path).await.unwrap(), b"hello, world");

        OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&path)
            .await
            .unwrap();
        assert_eq!(fs::metadata(&path).await.unwrap().len(), 0);
        assert!(
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&path)
                .await
                .is_err()
        );

        let link = dir.join("link");
        fs::symlink(&path, &link).await.unwrap();
        let no_follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap();
        let mut std_options = std::fs::OpenOptions::new();
        std_options.read(true);
        let mut options = OpenOptions::from(std_options);
        assert!(options.open(&link).await.is_ok());
        assert!(options.custom_flags(no_follow).open(&link).await.is_err());
    });
}

#[test]
fn lengths_times_and_permissions_are_set() {
    on_each(async |dir| {
        let mut file = File::create_new(dir.join("file")).await.unwrap();
        file.write_all(b"hello").await.unwrap();
        file.set_len(8).await.unwrap();
        assert_eq!(file.stream_position().await.unwrap(), 5);
        file.rewind().await.unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"hello\0\0\0");

        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        file.write_all(b"more").await.unwrap();
        let times = FileTimes::new().set_accessed(then).set_modified(then);
        file.set_times(times).await.unwrap();
        let metadata = file.metadata().await.unwrap();
        assert_eq!(metadata.len(), 12, "written before the times were set");
        assert_eq!(metadata.modified().unwrap(), then);
        assert_eq!(metadata.accessed().unwrap(), then);
        let later = then + Duration::from_secs(5);
        file.set_modified(later).await.unwrap();
        assert_eq!(file.metadata().await.unwrap().modified().unwrap(), later);

        let private = std::fs::Permissions::from_mode(0o400);
        file.set_permissions(private).await.unwrap();
        let mode = file.metadata().await.unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o400);
        file.sync_all().await.unwrap();
        file.sync_data().await.unwrap();
    });
}

#[test]
fn clones_have_one_position_and_their_own_limits() {
    on_each(async |dir| {
        let mut one = File::create_new(dir.join("file")).await.unwrap();
        one.set_max_buf_size(1234);
        one.write_all(b"0123456789").await.unwrap();
        let mut two = one.try_clone().await.unwrap();
        assert_eq!(two.max_buf_size(), 1234);
        assert_eq!(
            two.stream_position().await.unwrap(),
            10,
            "written before it was cloned"
        );
        two.rewind().await.unwrap();
        let mut digits = Vec::new();
        for turn in 0..10 {
            let file = if turn % 3 == 0 { &mut one } else { &mut two };
            digits.push(file.read_u8().await.unwrap());
        }
        assert_eq!(digits, b"0123456789");
    });
}

#[test]
fn a_file_goes_to_std_and_comes_back_where_it_was() {
    on_each(async |dir| {
        let path = dir.join("file");
        fs::write(&path, crate::support::pattern(300_000))
            .await
            .unwrap();
        let mut file = File::open(&path).await.unwrap();
        let mut start = vec![0; 100];
        for _ in 0..3 {
            file.read_exact(&mut start).await.unwrap();
        }
        let mut std = file.into_std().await;
        assert_eq!(std.stream_position().unwrap(), 300);
        std.read_exact(&mut start).unwrap();

        let mut file = File::from(std);
        assert_eq!(file.stream_position().await.unwrap(), 400);
        assert_eq!(file.as_fd().as_raw_fd(), file.as_raw_fd());
        let std = file.try_into_std().unwrap();
        // SAFETY: it was given up just now.
        let mut file = unsafe { File::from_raw_fd(std.into_raw_fd()) };
        file.read_exact(&mut start).await.unwrap();
        assert_eq!(file.into_std().await.stream_position().unwrap(), 500);
    });
}

/// Rule F1.
#[test]
fn into_std_waits_for_what_was_accepted() {
    on_each(async |dir| {
        for length in [1, 5_000_000] {
            let mut file = File::create(dir.join("file")).await.unwrap();
            file.write_all(&vec![7; length]).await.unwrap();
            let std = file.into_std().await;
            assert_eq!(std.metadata().unwrap().len(), length as u64);
        }
    });
}

/// Rule F1.
#[test]
fn methods_that_share_the_file_take_turns() {
    on_each(async |dir| {
        let mut file = File::create(dir.join("file")).await.unwrap();
        file.write_all(&[7; 100_000]).await.unwrap();
        let (synced, metadata, cut, clone) = futures_util::join!(
            file.sync_all(),
            file.metadata(),
            file.set_len(10),
            file.try_clone()
        );
        synced.unwrap();
        assert_eq!(metadata.unwrap().len(), 100_000);
        cut.unwrap();
        assert_eq!(clone.unwrap().metadata().await.unwrap().len(), 10);
    });
}
