//! The rows with a server and a client, by name.

use super::shape::Shape;
use crate::suite::embed::comparison;

/// What a row of group `net` asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exchange {
    pub(crate) connections: usize,
    pub(crate) shape: Shape,
    pub(crate) rate: Rate,
    /// Beside the server's work, tasks that hold on to workers.
    pub(crate) hogs: bool,
    /// Count the server's system calls, and nothing else: the tool that counts slows it down.
    pub(crate) count_calls: bool,
}

/// Requests per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rate {
    /// The next request follows the reply.
    Closed,
    Open(f64),
    /// A part of what tokio manages in a closed loop; becomes a number when the row is run.
    OfTokio(f64),
}

const CLOSED_ECHO: Exchange = Exchange {
    connections: 1,
    shape: Shape::Echo(128),
    rate: Rate::Closed,
    hogs: false,
    count_calls: false,
};

impl Exchange {
    /// `echo/C/B`, `echo_open/C/R`, `http_hello/C`, `http_pipelined/C`, `calls/C`, `mixed` and `mixed/R`; before each of them may stand
    /// which ways to have heist are compared.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut words = name.split('/').peekable();
        words.next_if(|word| comparison(word).is_some());
        let kind = words.next()?;
        let mut number = || words.next()?.parse::<usize>().ok().filter(|n| *n > 0);
        let exchange = match kind {
            "mixed" => Self {
                connections: 64,
                rate: Rate::Open(20_000.0),
                hogs: true,
                ..CLOSED_ECHO
            },
            "echo" => Self {
                connections: number()?,
                shape: Shape::Echo(number()?),
                ..CLOSED_ECHO
            },
            "echo_open" => Self {
                connections: number()?,
                rate: open(words.next()?)?,
                ..CLOSED_ECHO
            },
            "http_hello" => Self {
                connections: number()?,
                shape: Shape::Http(1),
                ..CLOSED_ECHO
            },
            "http_pipelined" => Self {
                connections: number()?,
                shape: Shape::Http(16),
                ..CLOSED_ECHO
            },
            "calls" => Self {
                connections: number()?,
                count_calls: true,
                ..CLOSED_ECHO
            },
            _ => return None,
        };
        words.next().is_none().then_some(exchange)
    }
}

fn open(rate: &str) -> Option<Rate> {
    if let Some(percent) = rate.strip_suffix("pct") {
        let percent: f64 = percent.parse().ok()?;
        return (percent > 0.0).then_some(Rate::OfTokio(percent / 100.0));
    }
    let rate: f64 = rate.parse().ok()?;
    (rate > 0.0).then_some(Rate::Open(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_connections_shape_and_rate() {
        let echo = Exchange::named("echo/64/256").unwrap();
        assert_eq!(
            (echo.connections, echo.shape, echo.rate),
            (64, Shape::Echo(256), Rate::Closed)
        );
        let open = Exchange::named("echo_open/8/20000").unwrap();
        assert_eq!((open.connections, open.rate), (8, Rate::Open(20_000.0)));
        let part = Exchange::named("echo_open/8/70pct").unwrap();
        assert_eq!(part.rate, Rate::OfTokio(0.7));
        assert!(Exchange::named("mixed").unwrap().hogs);
    }

    #[test]
    fn half_a_name_is_no_row() {
        for name in [
            "echo/0/128",
            "echo/1",
            "echo/x/1",
            "echo/1/1/1",
            "echo_open/1/0",
            "mixed/1",
            "nothing",
        ] {
            assert_eq!(Exchange::named(name), None, "{name}");
        }
    }
}
