//! The address of a Unix socket.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::net;
use std::path::Path;

use rustix::net::{SocketAddrAny, SocketAddrUnix};

/// The address of a Unix socket.
#[derive(Clone)]
pub struct SocketAddr(pub(super) net::SocketAddr);

impl SocketAddr {
    /// Has the socket no name?
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// let (stream, _peer) = UnixStream::pair()?;
    /// assert!(stream.local_addr()?.is_unnamed());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.0.is_unnamed()
    }

    /// The path of the socket, if that is its name.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("socket");
    /// let listener = UnixListener::bind(&path)?;
    /// assert_eq!(listener.local_addr()?.as_pathname(), Some(&*path));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn as_pathname(&self) -> Option<&Path> {
        self.0.as_pathname()
    }

    /// The name of the socket in the abstract namespace, without the leading zero, if it has one.
    ///
    /// # Examples
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::net::{UnixListener, UnixStream};
    /// # let folder = tempfile::tempdir()?;
    /// use std::os::linux::net::SocketAddrExt;
    ///
    /// let name = format!("heist-{}", std::process::id());
    /// let address = std::os::unix::net::SocketAddr::from_abstract_name(&name)?.into();
    /// let listener = UnixListener::bind_addr(&address)?;
    /// assert_eq!(listener.local_addr()?.as_abstract_name(), Some(name.as_bytes()));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[must_use]
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        #[cfg(target_os = "android")]
        use std::os::android::net::SocketAddrExt as _;
        #[cfg(target_os = "linux")]
        use std::os::linux::net::SocketAddrExt as _;
        self.0.as_abstract_name()
    }

    /// The address as the system takes it.
    pub(super) fn to_system(&self) -> io::Result<SocketAddrUnix> {
        if let Some(path) = self.as_pathname() {
            return Ok(SocketAddrUnix::new(path)?);
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if let Some(name) = self.as_abstract_name() {
            return Ok(SocketAddrUnix::new_abstract_name(name)?);
        }
        Err(io::ErrorKind::InvalidInput.into())
    }

    /// The address that a path stands for: on Linux one that begins with a zero byte is in the abstract namespace.
    pub(super) fn of_path(path: &Path) -> io::Result<Self> {
        if let Some(name) = abstract_name(path) {
            return of_abstract_name(name);
        }
        net::SocketAddr::from_pathname(path).map(Self)
    }
}

impl SocketAddr {
    /// The sender of a datagram; one that has no name is not reported.
    pub(super) fn of_sender(sender: Option<SocketAddrAny>) -> io::Result<Self> {
        use std::os::unix::ffi::OsStrExt as _;
        let Some(sender) = sender else {
            return net::SocketAddr::from_pathname("").map(Self);
        };
        let sender = SocketAddrUnix::try_from(sender)?;
        if let Some(name) = sender.abstract_name() {
            return of_abstract_name(name);
        }
        let path = sender.path_bytes().unwrap_or_default();
        net::SocketAddr::from_pathname(OsStr::from_bytes(path)).map(Self)
    }
}

/// What follows the leading zero byte, if there is one.
fn abstract_name(path: &Path) -> Option<&[u8]> {
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().strip_prefix(b"\0")
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn of_abstract_name(name: &[u8]) -> io::Result<SocketAddr> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt as _;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt as _;
    net::SocketAddr::from_abstract_name(name).map(SocketAddr)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn of_abstract_name(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::InvalidInput.into())
}

impl From<net::SocketAddr> for SocketAddr {
    fn from(addr: net::SocketAddr) -> Self {
        Self(addr)
    }
}

impl From<SocketAddr> for net::SocketAddr {
    fn from(addr: SocketAddr) -> Self {
        addr.0
    }
}

impl fmt::Debug for SocketAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
