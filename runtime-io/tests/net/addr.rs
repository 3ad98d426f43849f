//! Addresses and names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use runtime_io::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket, lookup_host};

use crate::support::on_each;

async fn one(addr: impl ToSocketAddrs) -> SocketAddr {
    let found: Vec<_> = lookup_host(addr).await.unwrap().collect();
    assert_eq!(found.len(), 1);
    found[0]
}

#[test]
fn numbers_are_read_in_place() {
    // Without any runtime.
    futures_executor::block_on(async {
        let v4: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let v6: SocketAddr = "[::1]:80".parse().unwrap();
        assert_eq!(one(v4).await, v4);
        assert_eq!(one(&v4).await, v4);
        assert_eq!(one(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80)).await, v4);
        assert_eq!(
            one(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 0, 0)).await,
            v6
        );
        assert_eq!(one((IpAddr::V4(Ipv4Addr::LOCALHOST), 80)).await, v4);
        assert_eq!(one((Ipv4Addr::LOCALHOST, 80)).await, v4);
        assert_eq!(one((Ipv6Addr::LOCALHOST, 80)).await, v6);
        assert_eq!(one("127.0.0.1:80").await, v4);
        assert_eq!(one("[::1]:80").await, v6);
        assert_eq!(one(String::from("127.0.0.1:80")).await, v4);
        assert_eq!(one(("127.0.0.1", 80)).await, v4);
        assert_eq!(one(("::1", 80)).await, v6);
        assert_eq!(one((String::from("127.0.0.1"), 80)).await, v4);
        let both: Vec<_> = lookup_host(&[v4, v6][..]).await.unwrap().collect();
        assert_eq!(both, [v4, v6]);
    });
}

#[test]
fn names_are_resolved_on_the_blocking_pool() {
    on_each(async || {
        let found: Vec<_> = lookup_host("localhost:80").await.unwrap().collect();
        assert!(!found.is_empty());
        assert!(
            found
                .iter()
                .all(|addr| addr.ip().is_loopback() && addr.port() == 80)
        );
        let pair: Vec<_> = lookup_host(("localhost", 80)).await.unwrap().collect();
        assert_eq!(pair, found);
    });
}

#[test]
fn nonsense_is_an_error() {
    on_each(async || {
        assert!(lookup_host("no port").await.is_err());
        assert!(lookup_host("127.0.0.1:99999").await.is_err());
        assert!(lookup_host("").await.is_err());
        // No name has a NUL in it, nor more than 255 bytes.
        let with_nul = lookup_host("a\0b:80").await.err().unwrap();
        assert_eq!(with_nul.kind(), std::io::ErrorKind::InvalidInput);
        let long = "x".repeat(300);
        assert!(lookup_host((&*long, 80)).await.is_err());
        assert!(TcpStream::connect((&*long, 80)).await.is_err());
        assert!(TcpListener::bind((&*long, 80)).await.is_err());
        assert!(UdpSocket::bind((&*long, 80)).await.is_err());
        // The runtime is none the worse for it.
        assert_eq!(lookup_host("127.0.0.1:80").await.unwrap().count(), 1);
    });
}
