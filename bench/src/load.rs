//! Load: a fixed number of connections, each of which sends its next request as soon as it has its answer.
//!
//! One thread serves all connections with `poll`, so that the machine's cores are the server's. What it costs, a few
//! microseconds a request, the service and the references it is compared with pay alike.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::http::{self, Incoming};

/// How many connections, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Connections that stay open.
    pub(crate) connections: usize,
    /// How long requests are sent before they count.
    pub(crate) warm_up: Duration,
    /// How long they count.
    pub(crate) time: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    /// Answers in a second.
    pub(crate) per_second: f64,
    /// Half of the answers took at most so many microseconds.
    pub(crate) p50: u32,
    /// And 99 of 100 so many.
    pub(crate) p99: u32,
}

/// Sends requests until the time is over. `next` writes the next request into the empty buffer it is given.
///
/// # Errors
/// At the first answer that is not a success: a measurement of errors is worth nothing.
pub(crate) fn run(
    address: SocketAddr,
    plan: Plan,
    next: &mut dyn FnMut(&mut Vec<u8>),
) -> anyhow::Result<Figures> {
    let streams = (0..plan.connections).map(|_| http::connect(address));
    let streams = streams.collect::<anyhow::Result<Vec<TcpStream>>>()?;
    let mut descriptors: Vec<PollFd<'_>> =
        streams.iter().map(|stream| PollFd::new(stream.as_fd(), PollFlags::POLLIN)).collect();
    let mut incoming: Vec<Incoming> = streams.iter().map(|_| Incoming::new()).collect();
    let mut request = Vec::with_capacity(4096);
    let mut send = |mut stream: &TcpStream| -> anyhow::Result<Instant> {
        request.clear();
        next(&mut request);
        let sent = Instant::now();
        stream.write_all(&request).context("a request could not be sent")?;
        Ok(sent)
    };

    let counts_from = Instant::now() + plan.warm_up;
    let ends = counts_from + plan.time;
    let mut sent = streams.iter().map(&mut send).collect::<anyhow::Result<Vec<Instant>>>()?;
    let mut micros = Vec::with_capacity(1 << 18);
    let mut outstanding = streams.len();
    while outstanding > 0 {
        poll(&mut descriptors, PollTimeout::NONE).context("the connections could not be watched")?;
        let connections = streams.iter().zip(&mut descriptors).zip(&mut incoming).zip(&mut sent);
        for (((stream, descriptor), incoming), sent) in connections {
            if !descriptor.any().unwrap_or(true) {
                continue;
            }
            let Some(answer) = incoming.read(stream)? else { continue };
            let now = Instant::now();
            if !(200..300).contains(&answer.status) {
                bail!("an answer had status {}: {}", answer.status, String::from_utf8_lossy(answer.body));
            }
            if now >= counts_from && now < ends {
                micros.push(u32::try_from((now - *sent).as_micros()).unwrap_or(u32::MAX));
            }
            if now < ends {
                *sent = send(stream)?;
            } else {
                // Answered and left in peace; the others are waited for.
                descriptor.set_events(PollFlags::empty());
                outstanding -= 1;
            }
        }
    }
    Figures::of(micros, plan.time)
}

impl Figures {
    fn of(mut micros: Vec<u32>, time: Duration) -> anyhow::Result<Self> {
        micros.sort_unstable();
        let at = |percent: usize| micros.get(micros.len() * percent / 100).copied();
        let (p50, p99) = at(50).zip(at(99)).context("no request was answered in time")?;
        Ok(Self { per_second: micros.len() as f64 / time.as_secs_f64(), p50, p99 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_times() {
        let micros = (1..=1000).rev().collect();
        let figures = Figures::of(micros, Duration::from_secs(2)).unwrap();
        assert_eq!(figures, Figures { per_second: 500.0, p50: 501, p99: 991 });
        assert!(Figures::of(Vec::new(), Duration::from_secs(1)).is_err());
    }
}
