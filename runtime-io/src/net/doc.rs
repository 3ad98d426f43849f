//! Examples for methods that are written once for several types: each has to run on its own type, so a macro puts them together. The name
//! of a macro here says what is there already, hidden from who reads: `ours` and `theirs` are the two ends of a connection, or two
//! sockets for datagrams; `read` and `write` are the halves of `ours`.

/// A section with an example: a runtime, what `$setup` makes, and the code that is shown.
macro_rules! example {
    ($setup:ident, $($code:tt)+) => {
        concat!(
            "# Examples\n\n```\n\
             # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);\n\
             # let mut builder = runtime_core::Builder::new_current_thread();\n\
             # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {\n\
             # use std::future::poll_fn;\n\
             # use std::io::{IoSlice, IoSliceMut};\n\
             # use runtime_io::io::{AsyncReadExt, AsyncWriteExt, Interest, ReadBuf};\n",
            $crate::net::doc::$setup!(),
            $($code)+,
            "\n# Ok::<(), std::io::Error>(())\n\
             # })?;\n\
             # Ok::<(), std::io::Error>(())\n```"
        )
    };
}

macro_rules! tcp {
    () => {
        "# use runtime_io::net::{TcpListener, TcpStream};\n\
         # let listener = TcpListener::bind(\"127.0.0.1:0\").await?;\n\
         # let mut ours = TcpStream::connect(listener.local_addr()?).await?;\n\
         # let mut theirs = listener.accept().await?.0;\n"
    };
}

macro_rules! unix {
    () => {
        "# use runtime_io::net::UnixStream;\n\
         # let (mut ours, mut theirs) = UnixStream::pair()?;\n"
    };
}

macro_rules! udp {
    () => {
        "# use runtime_io::net::UdpSocket;\n\
         # let ours = UdpSocket::bind(\"127.0.0.1:0\").await?;\n\
         # let theirs = UdpSocket::bind(\"127.0.0.1:0\").await?;\n\
         # ours.connect(theirs.local_addr()?).await?;\n\
         # theirs.connect(ours.local_addr()?).await?;\n"
    };
}

macro_rules! unix_datagram {
    () => {
        "# use runtime_io::net::UnixDatagram;\n\
         # let (ours, theirs) = UnixDatagram::pair()?;\n"
    };
}

macro_rules! tcp_listener {
    () => {
        "# use runtime_io::net::TcpListener;\n\
         # let ours = TcpListener::bind(\"127.0.0.1:0\").await?;\n"
    };
}

macro_rules! unix_listener {
    () => {
        "# use runtime_io::net::UnixListener;\n\
         # let folder = tempfile::tempdir()?;\n\
         # let ours = UnixListener::bind(folder.path().join(\"socket\"))?;\n"
    };
}

macro_rules! tcp_halves {
    () => {
        concat!(
            $crate::net::doc::tcp!(),
            "# let (mut read, write) = ours.split();\n"
        )
    };
}

macro_rules! tcp_owned_halves {
    () => {
        concat!(
            $crate::net::doc::tcp!(),
            "# let (mut read, write) = ours.into_split();\n"
        )
    };
}

macro_rules! unix_halves {
    () => {
        concat!(
            $crate::net::doc::unix!(),
            "# let (mut read, write) = ours.split();\n"
        )
    };
}

macro_rules! unix_owned_halves {
    () => {
        concat!(
            $crate::net::doc::unix!(),
            "# let (mut read, write) = ours.into_split();\n"
        )
    };
}

macro_rules! receiver {
    () => {
        "# use runtime_io::net::unix::pipe::{self, Receiver};\n\
         # let (mut theirs, ours) = pipe::pipe()?;\n\
         # let (fd, _other) = rustix::pipe::pipe()?;\n"
    };
}

macro_rules! sender {
    () => {
        "# use runtime_io::net::unix::pipe::{self, Sender};\n\
         # let (ours, mut theirs) = pipe::pipe()?;\n\
         # let (_other, fd) = rustix::pipe::pipe()?;\n"
    };
}

pub(super) use {
    example, receiver, sender, tcp, tcp_halves, tcp_listener, tcp_owned_halves, udp, unix,
    unix_datagram, unix_halves, unix_listener, unix_owned_halves,
};
