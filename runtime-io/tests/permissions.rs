//! What a process may not do is an error of kind `PermissionDenied`, and nothing worse. Root may do everything, so this program starts
//! itself again and gives up what it may: it becomes `nobody` before it has any other thread.
//!
//! With `harness = false`, for only the main thread of a program can do that for all of it.

#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[cfg(any(not(target_os = "linux"), loom))]
fn main() {}

#[cfg(all(target_os = "linux", not(loom)))]
fn main() {
    linux::main();
}

#[cfg(all(target_os = "linux", not(loom)))]
#[path = "fs/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

#[cfg(all(target_os = "linux", not(loom)))]
mod linux {
    use std::fs::Permissions;
    use std::io::{self, ErrorKind};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command as StdCommand;
    use std::sync::Arc;
    use std::{env, fs as std_fs};

    use runtime_core::Builder;
    use runtime_io::fs::{self, DirBuilder, File, OpenOptions};
    use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
    use runtime_io::net::unix::pipe;
    use runtime_io::net::{TcpListener, UdpSocket, UnixDatagram, UnixListener, UnixStream};
    use runtime_io::process::Command;
    use runtime_io::reactor::Reactor;

    use crate::support::Watchdog;

    /// Set in the child, to the folder it may not touch.
    const FOLDER: &str = "HEIST_TEST_FORBIDDEN";

    /// The user and the group that own nothing.
    const NOBODY: u32 = 65_534;

    pub(crate) fn main() {
        let Some(folder) = env::var_os(FOLDER) else {
            return parent();
        };
        let _watchdog = Watchdog::new();
        give_up_everything();
        for (name, test) in TESTS {
            for runtime in [
                &mut Builder::new_current_thread(),
                Builder::new_multi_thread().worker_threads(2),
            ] {
                let reactor = Arc::new(Reactor::new().unwrap());
                let runtime = runtime.driver(reactor.clone()).extension(reactor);
                runtime.build().unwrap().block_on(test(folder.as_ref()));
            }
            eprintln!("test {name} ... ok");
        }
    }

    type Test = fn(&Path) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>>;

    const TESTS: [(&str, Test); 3] = [
        ("files", |folder| Box::pin(files(folder))),
        ("sockets", |folder| Box::pin(sockets(folder))),
        ("programs", |folder| Box::pin(programs(folder))),
    ];

    fn parent() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, mode| {
            let path = folder.path().join(name);
            std_fs::write(&path, "secret").unwrap();
            std_fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        };
        make("secret", 0o000);
        make("read_only", 0o444);
        std_fs::create_dir(folder.path().join("closed")).unwrap();
        let listener =
            std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
        let datagram =
            std::os::unix::net::UnixDatagram::bind(folder.path().join("datagrams")).unwrap();
        let fifo = StdCommand::new("mkfifo")
            .arg(folder.path().join("fifo"))
            .status();
        assert!(fifo.unwrap().success());
        for name in ["socket", "datagrams", "fifo", "closed"] {
            let path = folder.path().join(name);
            std_fs::set_permissions(path, Permissions::from_mode(0o000)).unwrap();
        }
        std_fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();

        let mut child = StdCommand::new(env::current_exe().unwrap());
        let status = child.env(FOLDER, folder.path()).status().unwrap();
        std_fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let closed = folder.path().join("closed");
        std_fs::set_permissions(closed, Permissions::from_mode(0o755)).unwrap();
        drop((listener, datagram));
        assert!(status.success(), "{status}");
    }

    /// Without root there is nothing to give up: the modes hold for their owner too.
    fn give_up_everything() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        // SAFETY: no groups are named, so no memory is read.
        let dropped = unsafe { libc::setgroups(0, std::ptr::null()) };
        assert_eq!(dropped, 0);
        // SAFETY: takes numbers only.
        let dropped = unsafe { libc::setresgid(NOBODY, NOBODY, NOBODY) };
        assert_eq!(dropped, 0);
        // SAFETY: takes numbers only.
        let dropped = unsafe { libc::setresuid(NOBODY, NOBODY, NOBODY) };
        assert_eq!(dropped, 0);
    }

    #[track_caller]
    fn denied<T>(result: io::Result<T>) {
        let error = result.err().expect("it is not allowed");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    }

    async fn files(folder: &Path) {
        let secret = folder.join("secret");
        denied(fs::read(&secret).await);
        denied(fs::read_to_string(&secret).await);
        denied(File::open(&secret).await);
        denied(fs::write(&secret, "x").await);
        denied(fs::copy(&secret, folder.join("copy")).await);
        denied(
            OpenOptions::new()
                .append(true)
                .open(folder.join("read_only"))
                .await,
        );

        denied(File::create(folder.join("new")).await);
        denied(File::create_new(folder.join("new")).await);
        denied(fs::create_dir(folder.join("new")).await);
        denied(
            DirBuilder::new()
                .recursive(true)
                .create(folder.join("new/newer"))
                .await,
        );
        denied(fs::symlink("secret", folder.join("link")).await);
        denied(fs::hard_link(folder.join("read_only"), folder.join("link")).await);
        denied(fs::rename(&secret, folder.join("other")).await);
        denied(fs::remove_file(&secret).await);
        denied(fs::remove_dir(folder.join("closed")).await);

        let closed = folder.join("closed");
        denied(fs::read_dir(&closed).await);
        denied(fs::metadata(closed.join("inside")).await);
        denied(fs::try_exists(closed.join("inside")).await);
        denied(fs::canonicalize(closed.join("inside")).await);

        // What is allowed works, in the same runtime.
        let mut file = File::open(folder.join("read_only")).await.unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "secret");
    }

    async fn sockets(folder: &Path) {
        denied(UnixListener::bind(folder.join("new")));
        denied(UnixDatagram::bind(folder.join("new")));
        denied(UnixStream::connect(folder.join("socket")).await);
        let datagram = UnixDatagram::unbound().unwrap();
        denied(datagram.connect(folder.join("datagrams")));
        denied(datagram.send_to(b"x", folder.join("datagrams")).await);
        let fifo = folder.join("fifo");
        denied(pipe::OpenOptions::new().open_receiver(&fifo));
        denied(pipe::OpenOptions::new().open_sender(&fifo));

        // Some systems let everybody have the low ports.
        let first = std_fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
        if first.is_ok_and(|first| first.trim().parse::<u16>().is_ok_and(|first| first > 7)) {
            denied(TcpListener::bind("127.0.0.1:7").await);
            denied(UdpSocket::bind("127.0.0.1:7").await);
        }
        // To a whole network only if that was asked for.
        let socket = UdpSocket::bind("0.0.0.0:0").await.unwrap();
        denied(socket.send_to(b"x", "255.255.255.255:9").await);

        let (mut near, mut far) = UnixStream::pair().unwrap();
        near.write_all(b"goes on").await.unwrap();
        let mut text = [0; 7];
        far.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"goes on");
    }

    async fn programs(folder: &Path) {
        denied(Command::new(folder.join("read_only")).spawn());
        denied(Command::new(folder.join("closed/inside")).status().await);
        denied(
            Command::new("true")
                .current_dir(folder.join("closed"))
                .output()
                .await,
        );
        if rustix::process::geteuid().as_raw() == NOBODY {
            denied(Command::new("true").uid(0).spawn());
            denied(Command::new("true").gid(0).spawn());
        }
        assert!(Command::new("true").status().await.unwrap().success());
    }
}
