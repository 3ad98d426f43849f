//! The methods that every reader and writer has.

use std::io::IoSlice;

use bytes::{Buf, BufMut};
use heist::io::{
    self, AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt,
    AsyncWrite, AsyncWriteExt, Chain, Lines, SeekFrom, Split, Take,
};

methods! { R =>
    fn chain [R: AsyncRead, N: AsyncRead] (this: R, next: N) -> Chain<R, N>;
    fn take [R: AsyncRead] (this: R, limit: u64) -> Take<R>;
    async fn read [R: AsyncRead + Unpin + ?Sized] (this: &mut R, buf: &mut [u8]) -> io::Result<usize>;
    async fn read_buf [R: AsyncRead + Unpin + ?Sized, B: BufMut + ?Sized] (this: &mut R, buf: &mut B) -> io::Result<usize>;
    async fn read_exact [R: AsyncRead + Unpin + ?Sized] (this: &mut R, buf: &mut [u8]) -> io::Result<usize>;
    async fn read_to_end [R: AsyncRead + Unpin + ?Sized] (this: &mut R, buf: &mut Vec<u8>) -> io::Result<usize>;
    async fn read_to_string [R: AsyncRead + Unpin + ?Sized] (this: &mut R, dst: &mut String) -> io::Result<usize>;
    async fn read_u8 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u8>;
    async fn read_i8 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i8>;
    async fn read_u16 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u16>;
    async fn read_u16_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u16>;
    async fn read_i16 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i16>;
    async fn read_i16_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i16>;
    async fn read_u32 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u32>;
    async fn read_u32_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u32>;
    async fn read_i32 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i32>;
    async fn read_i32_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i32>;
    async fn read_u64 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u64>;
    async fn read_u64_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u64>;
    async fn read_i64 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i64>;
    async fn read_i64_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i64>;
    async fn read_u128 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u128>;
    async fn read_u128_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<u128>;
    async fn read_i128 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i128>;
    async fn read_i128_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<i128>;
    async fn read_f32 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<f32>;
    async fn read_f32_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<f32>;
    async fn read_f64 [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<f64>;
    async fn read_f64_le [R: AsyncRead + Unpin + ?Sized] (this: &mut R) -> io::Result<f64>;
}

methods! { W =>
    async fn write [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, src: &[u8]) -> io::Result<usize>;
    async fn write_vectored [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
    async fn write_buf [W: AsyncWrite + Unpin + ?Sized, B: Buf] (this: &mut W, src: &mut B) -> io::Result<usize>;
    async fn write_all_buf [W: AsyncWrite + Unpin + ?Sized, B: Buf] (this: &mut W, src: &mut B) -> io::Result<()>;
    async fn write_all [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, src: &[u8]) -> io::Result<()>;
    async fn flush [W: AsyncWrite + Unpin + ?Sized] (this: &mut W) -> io::Result<()>;
    async fn shutdown [W: AsyncWrite + Unpin + ?Sized] (this: &mut W) -> io::Result<()>;
    async fn write_u8 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u8) -> io::Result<()>;
    async fn write_i8 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i8) -> io::Result<()>;
    async fn write_u16 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u16) -> io::Result<()>;
    async fn write_u16_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u16) -> io::Result<()>;
    async fn write_i16 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i16) -> io::Result<()>;
    async fn write_i16_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i16) -> io::Result<()>;
    async fn write_u32 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u32) -> io::Result<()>;
    async fn write_u32_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u32) -> io::Result<()>;
    async fn write_i32 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i32) -> io::Result<()>;
    async fn write_i32_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i32) -> io::Result<()>;
    async fn write_u64 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u64) -> io::Result<()>;
    async fn write_u64_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u64) -> io::Result<()>;
    async fn write_i64 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i64) -> io::Result<()>;
    async fn write_i64_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i64) -> io::Result<()>;
    async fn write_u128 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u128) -> io::Result<()>;
    async fn write_u128_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: u128) -> io::Result<()>;
    async fn write_i128 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i128) -> io::Result<()>;
    async fn write_i128_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: i128) -> io::Result<()>;
    async fn write_f32 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: f32) -> io::Result<()>;
    async fn write_f32_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: f32) -> io::Result<()>;
    async fn write_f64 [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: f64) -> io::Result<()>;
    async fn write_f64_le [W: AsyncWrite + Unpin + ?Sized] (this: &mut W, n: f64) -> io::Result<()>;
}

methods! { R =>
    async fn read_until [R: AsyncBufRead + Unpin + ?Sized] (this: &mut R, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize>;
    async fn read_line [R: AsyncBufRead + Unpin + ?Sized] (this: &mut R, buf: &mut String) -> io::Result<usize>;
    fn split [R: AsyncBufRead + Unpin] (this: R, byte: u8) -> Split<R>;
    fn lines [R: AsyncBufRead] (this: R) -> Lines<R>;
    async fn fill_buf ['a, R: AsyncBufRead + Unpin + ?Sized] (this: &'a mut R) -> io::Result<&'a [u8]>;
}

functions! {
    fn AsyncBufReadExt::consume [R: AsyncBufRead + Unpin + ?Sized] (this: &mut R, amt: usize) -> ();
}

methods! { S =>
    async fn seek [S: AsyncSeek + Unpin + ?Sized] (this: &mut S, pos: SeekFrom) -> io::Result<u64>;
    async fn rewind [S: AsyncSeek + Unpin] (this: &mut S) -> io::Result<u64>;
    async fn stream_position [S: AsyncSeek + Unpin] (this: &mut S) -> io::Result<u64>;
}
