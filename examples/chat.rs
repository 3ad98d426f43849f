//! A chat server: every line that someone sends goes to everybody else.
//!
//! ```text
//! cargo run --example chat                 # listens on 127.0.0.1:7001
//! nc 127.0.0.1 7001                        # as often as you like
//! ```
//!
//! Each member has a bounded channel of lines to come. A reader too slow for its channel is shown out; nobody else
//! waits for it.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use heist::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use heist::net::{TcpListener, TcpStream};
use heist::sync::mpsc;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// Lines a member may lag behind.
const LAG: usize = 256;

/// Who is here, and the way to them.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<HashMap<SocketAddr, mpsc::Sender<String>>>>);

#[heist::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:7001").await?;
    println!("chat on {}, until Ctrl-C", listener.local_addr()?);
    let room = Room::default();
    loop {
        let (stream, member) = listener.accept().await?;
        let room = room.clone();
        heist::spawn(async move {
            println!("{member} came");
            let stayed = attend(stream, member, &room).await;
            room.leave(member);
            match stayed {
                Ok(()) => println!("{member} left"),
                Err(error) => println!("{member} left: {error}"),
            }
        });
    }
}

impl Room {
    fn enter(&self, member: SocketAddr) -> mpsc::Receiver<String> {
        let (sender, lines) = mpsc::channel(LAG);
        self.0.lock().insert(member, sender);
        lines
    }

    fn leave(&self, member: SocketAddr) {
        self.0.lock().remove(&member);
    }

    /// To everybody but the one who speaks. Who cannot take the line is no longer a member.
    fn tell(&self, from: SocketAddr, text: &str) {
        let line = format!("{from}: {text}\n");
        let takes = |lines: &mpsc::Sender<String>| lines.try_send(line.clone()).is_ok();
        self.0
            .lock()
            .retain(|member, lines| *member == from || takes(lines));
    }
}

async fn attend(stream: TcpStream, member: SocketAddr, room: &Room) -> io::Result<()> {
    let (reader, writer) = stream.into_split();
    heist::spawn(hear(room.enter(member), writer));
    speak(reader, member, room).await
}

/// From this connection to the room.
async fn speak(reader: OwnedReadHalf, member: SocketAddr, room: &Room) -> io::Result<()> {
    let mut lines = BufReader::new(reader).lines();
    while let Some(text) = lines.next_line().await? {
        room.tell(member, &text);
    }
    Ok(())
}

/// From the room to this connection, as long as it is a member.
async fn hear(mut lines: mpsc::Receiver<String>, mut writer: OwnedWriteHalf) -> io::Result<()> {
    while let Some(line) = lines.recv().await {
        writer.write_all(line.as_bytes()).await?;
    }
    writer.shutdown().await
}
