//! Several streams as one.

use futures_core::Stream;
use runtime_core::util::random_below;
use std::borrow::Borrow;
use std::fmt;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Several streams with keys as one stream of pairs: the key, and the item.
///
/// A stream that ends is removed; the map as a stream ends when none is left, and goes on when one is inserted. Each poll begins at a stream chosen at random, so none is preferred.
/// Streams are looked at one after another, and keys too: it is meant for dozens of them rather than for thousands.
///
/// Streams that are not `Unpin` go in as `Box::pin(stream)`.
///
/// # Examples
///
/// ```
/// use futures_util::{StreamExt as _, stream};
/// use runtime_time::stream::StreamMap;
///
/// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// # rt.block_on(async {
/// let mut map = StreamMap::new();
/// map.insert("even", stream::iter([2, 4]));
/// map.insert("odd", stream::iter([1, 3]));
/// let mut items: Vec<_> = map.by_ref().collect().await;
/// items.sort();
/// assert_eq!(items, [("even", 2), ("even", 4), ("odd", 1), ("odd", 3)]);
/// assert!(map.is_empty());
/// # });
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct StreamMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> StreamMap<K, V> {
    /// Makes an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::stream::StreamMap;
    /// assert!(StreamMap::<&str, ()>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// Makes an empty map with memory for so many streams.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::stream::StreamMap;
    /// assert!(StreamMap::<&str, ()>::with_capacity(10).capacity() >= 10);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: Vec::with_capacity(capacity),
        }
    }

    /// Visits the keys and the streams in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// let map = StreamMap::from_iter([("one", stream::empty::<u8>())]);
    /// for (key, _stream) in map.iter() {
    ///     assert_eq!(*key, "one");
    /// }
    /// assert_eq!(map.iter().count(), 1);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.entries.iter()
    }

    /// Visits the keys and the streams in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{FutureExt, StreamExt, stream};
    /// use runtime_time::stream::StreamMap;
    ///
    /// let mut map = StreamMap::from_iter([("one", stream::iter([1, 2]))]);
    /// for (_key, stream) in map.iter_mut() {
    ///     assert_eq!(stream.next().now_or_never(), Some(Some(1)));
    /// }
    /// ```
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut (K, V)> {
        self.entries.iter_mut()
    }

    /// Visits the keys in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// let map = StreamMap::from_iter([("one", stream::empty::<u8>())]);
    /// assert!(map.keys().eq(["one"].iter()));
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Visits the streams in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{Stream, stream};
    /// use runtime_time::stream::StreamMap;
    ///
    /// let map = StreamMap::from_iter([("one", stream::iter([1, 2]))]);
    /// let waiting: usize = map.values().map(|stream| stream.size_hint().0).sum();
    /// assert_eq!(waiting, 2);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, stream)| stream)
    }

    /// Visits the streams in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{FutureExt, StreamExt, stream};
    /// use runtime_time::stream::StreamMap;
    ///
    /// let mut map = StreamMap::from_iter([("one", stream::iter([1, 2]))]);
    /// for stream in map.values_mut() {
    ///     assert_eq!(stream.next().now_or_never(), Some(Some(1)));
    /// }
    /// ```
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.iter_mut().map(|(_, stream)| stream)
    }

    /// Returns how many streams the map has memory for.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::stream::StreamMap;
    /// assert_eq!(StreamMap::<&str, ()>::new().capacity(), 0);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// Returns how many streams are in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// let mut map = StreamMap::new();
    /// map.insert("one", stream::empty::<u8>());
    /// assert_eq!(map.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns true if there is no stream in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// let mut map = StreamMap::new();
    /// assert!(map.is_empty());
    /// map.insert("one", stream::empty::<u8>());
    /// assert!(!map.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes all streams.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// let mut map = StreamMap::from_iter([("one", stream::empty::<u8>())]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Inserts a stream, and returns the one that had the key.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// let mut map = StreamMap::new();
    /// assert!(map.insert("one", stream::iter([1])).is_none());
    /// assert!(map.insert("one", stream::iter([2])).is_some());
    /// assert_eq!(map.len(), 1);
    /// ```
    pub fn insert(&mut self, key: K, stream: V) -> Option<V>
    where
        K: Hash + Eq,
    {
        let before = self.remove(&key);
        self.entries.push((key, stream));
        before
    }

    /// Removes the stream that has the key, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// let mut map = StreamMap::from_iter([("one", stream::empty::<u8>())]);
    /// assert!(map.remove("one").is_some());
    /// assert!(map.remove("one").is_none());
    /// ```
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let place = self.find(key)?;
        let (_, stream) = self.entries.swap_remove(place);
        Some(stream)
    }

    /// Returns true if a stream has the key.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// let map = StreamMap::from_iter([("one", stream::empty::<u8>())]);
    /// assert!(map.contains_key("one"));
    /// assert!(!map.contains_key("two"));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.find(key).is_some()
    }

    fn find<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.keys().position(|known| known.borrow() == key)
    }
}

impl<K, V: Stream + Unpin> StreamMap<K, V> {
    /// Polls each stream once, from a random one on, until one has an item: its place, and the item.
    fn poll_any(&mut self, cx: &mut Context<'_>) -> Poll<Option<(usize, V::Item)>> {
        let mut place = random_below(u32::try_from(self.len()).unwrap_or(u32::MAX)) as usize;
        let mut left = self.len();
        while left > 0 {
            left -= 1;
            if place >= self.len() {
                place = 0;
            }
            match Pin::new(&mut self.entries[place].1).poll_next(cx) {
                Poll::Ready(Some(item)) => return Poll::Ready(Some((place, item))),
                Poll::Pending => place += 1,
                Poll::Ready(None) => self.remove_polled(place, left),
            }
        }
        if self.is_empty() {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }

    /// Removes a stream that has ended, so that the next `left` places, around the end, are those not polled yet.
    fn remove_polled(&mut self, place: usize, left: usize) {
        // After the way around the end the last one has been polled: it must not fill the gap, which is polled next.
        let last_was_polled = place + left + 1 < self.len();
        if last_was_polled {
            drop(self.entries.remove(place));
        } else {
            drop(self.entries.swap_remove(place));
        }
    }
}

impl<K, V> StreamMap<K, V>
where
    K: Clone + Unpin,
    V: Stream + Unpin,
{
    /// Waits until there are items, appends at most `limit` of them to `buffer`, and returns how many; 0 if no stream is left, or if `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no item is taken from a stream unless it is in the buffer.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map: StreamMap<_, _> = [('a', stream::iter([1, 2, 3]))].into_iter().collect();
    /// let mut buffer = Vec::new();
    /// assert_eq!(map.next_many(&mut buffer, 2).await, 2);
    /// assert_eq!(buffer, [('a', 1), ('a', 2)]);
    /// # });
    /// ```
    pub async fn next_many(&mut self, buffer: &mut Vec<(K, V::Item)>, limit: usize) -> usize {
        poll_fn(|cx| self.poll_next_many(cx, buffer, limit)).await
    }

    /// Polls for items as [`next_many`](Self::next_many) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::stream;
    /// use runtime_time::stream::StreamMap;
    /// use std::future::poll_fn;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = StreamMap::from_iter([('a', stream::iter([1, 2, 3]))]);
    /// let mut items = Vec::new();
    /// assert_eq!(poll_fn(|cx| map.poll_next_many(cx, &mut items, 2)).await, 2);
    /// assert_eq!(items, [('a', 1), ('a', 2)]);
    /// # });
    /// ```
    pub fn poll_next_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<(K, V::Item)>,
        limit: usize,
    ) -> Poll<usize> {
        let mut count = 0;
        while count < limit {
            match self.poll_any(cx) {
                Poll::Ready(Some((place, item))) => {
                    buffer.push((self.entries[place].0.clone(), item));
                    count += 1;
                }
                Poll::Pending if count == 0 => return Poll::Pending,
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        Poll::Ready(count)
    }
}

impl<K, V> Stream for StreamMap<K, V>
where
    K: Clone + Unpin,
    V: Stream + Unpin,
{
    type Item = (K, V::Item);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = self.poll_any(cx);
        item.map(|item| item.map(|(place, item)| (self.entries[place].0.clone(), item)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let hints = self.values().map(Stream::size_hint);
        hints.fold((0, Some(0)), |(low, high), (lower, upper)| {
            let high = high.zip(upper);
            (
                low.saturating_add(lower),
                high.and_then(|(high, upper)| high.checked_add(upper)),
            )
        })
    }
}

impl<K, V> Default for StreamMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq, V> FromIterator<(K, V)> for StreamMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(streams: I) -> Self {
        let mut map = Self::new();
        map.extend(streams);
        map
    }
}

impl<K: Hash + Eq, V> Extend<(K, V)> for StreamMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, streams: I) {
        for (key, stream) in streams {
            self.insert(key, stream);
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for StreamMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamMap")
            .field("entries", &self.entries)
            .finish()
    }
}
