//! The trace that a request belongs to, as [W3C Trace Context](https://www.w3.org/TR/trace-context/) has it.
//!
//! A `traceparent` that is well formed is continued; without one, a trace begins here. The answer carries the header
//! too, with the span of this service, so that a client finds what the logs say of its request.

use std::fmt;

use actix_web::http::header::{HeaderMap, HeaderName};
use repository::domain::Id;
use uuid::Uuid;

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Length of what version 00 has: version, trace, parent and flags, in hexadecimal digits.
const LENGTH: usize = 55;

/// The bit of the flags that says that a caller records its spans.
const SAMPLED: u8 = 1;

/// A request's place in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    id: u128,
    /// This service's span.
    span: u64,
    /// The caller's.
    parent: Option<u64>,
    sampled: bool,
}

/// Only gives spans without an id a type of their own.
struct Span;

impl Trace {
    /// The trace that the headers name, else a new one, whose id is `fresh`.
    pub(crate) fn of(headers: &HeaderMap, fresh: Uuid) -> Self {
        let mut given = headers.get_all(TRACEPARENT);
        // Two of them contradict each other, so neither counts.
        let value = given.next().filter(|_| given.next().is_none());
        let parent = value.and_then(|value| parse(value.as_bytes()));
        match parent {
            Some((id, parent, sampled)) => Self { id, span: new_span(), parent: Some(parent), sampled },
            None => {
                let sampled = records();
                Self { id: fresh.as_u128(), span: end_of(fresh), parent: None, sampled }
            }
        }
    }

    /// The trace's id, as logs show it.
    pub(crate) fn id(&self) -> impl fmt::Display + use<> {
        let id = self.id;
        fmt::from_fn(move |f| write!(f, "{id:032x}"))
    }
}

/// Whether this service sends spans anywhere, so that a trace that begins here is worth following.
fn records() -> bool {
    #[cfg(feature = "otel")]
    return crate::otel::is_on();
    #[cfg(not(feature = "otel"))]
    false
}

#[cfg(feature = "otel")]
impl Trace {
    pub(crate) fn number(&self) -> u128 {
        self.id
    }

    pub(crate) fn span(&self) -> u64 {
        self.span
    }

    pub(crate) fn parent(&self) -> Option<u64> {
        self.parent
    }

    /// Whether spans of this trace are wanted.
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampled
    }
}

/// A number that no other span of the trace has.
pub(crate) fn new_span() -> u64 {
    end_of(Id::<Span>::generate().uuid())
}

/// The second half of a UUID, which is random but for two bits that keep it from being zero.
fn end_of(id: Uuid) -> u64 {
    id.as_u64_pair().1
}

/// Reads `00-<trace>-<parent>-<flags>`; later versions may have more behind it.
fn parse(value: &[u8]) -> Option<(u128, u64, bool)> {
    let (known, rest) = value.split_at_checked(LENGTH)?;
    let [version, id, parent, flags] = fields(known)?;
    let is_longer = !rest.is_empty();
    if version == 0xff || (version == 0 && is_longer) || (is_longer && !rest.starts_with(b"-")) {
        return None;
    }
    let parent = u64::try_from(parent).ok()?;
    let sampled = u8::try_from(flags).ok()? & SAMPLED == SAMPLED;
    (id != 0 && parent != 0).then_some((id, parent, sampled))
}

fn fields(text: &[u8]) -> Option<[u128; 4]> {
    const LENGTHS: [usize; 4] = [2, 32, 16, 2];
    let mut fields = text.split(|byte| *byte == b'-');
    let mut read = [0; 4];
    for (field, length) in read.iter_mut().zip(LENGTHS) {
        *field = hexadecimal(fields.next()?, length)?;
    }
    fields.next().is_none().then_some(read)
}

/// Lower-case digits only, as the standard asks.
fn hexadecimal(digits: &[u8], length: usize) -> Option<u128> {
    let are_fit = digits.len() == length && digits.iter().all(|d| matches!(d, b'0'..=b'9' | b'a'..=b'f'));
    let text = std::str::from_utf8(digits).ok().filter(|_| are_fit)?;
    u128::from_str_radix(text, 16).ok()
}

/// As a `traceparent` for whoever asks further: this service's span is the parent.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.id, self.span, u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    fn trace(given: &[&str]) -> Trace {
        let mut headers = HeaderMap::new();
        for value in given {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        Trace::of(&headers, Uuid::from_u128(7))
    }

    #[test]
    fn a_trace_goes_on_with_a_span_of_its_own() {
        for (flags, sampled) in [("01", true), ("00", false), ("03", true), ("fe", false)] {
            let trace = trace(&[&format!("00-{ID}-{PARENT}-{flags}")]);
            assert_eq!(trace.id().to_string(), ID);
            assert_eq!((trace.parent, trace.sampled), (Some(0x00f0_67aa_0ba9_02b7), sampled));
            let sent = trace.to_string();
            assert!(sent.starts_with(&format!("00-{ID}-")) && !sent.contains(PARENT), "{sent}");
            assert_eq!(sent.len(), LENGTH);
        }
        let later = trace(&[&format!("01-{ID}-{PARENT}-01-more")]);
        assert_eq!(later.id().to_string(), ID);
        assert_ne!(trace(&[&format!("00-{ID}-{PARENT}-01")]).span, later.span);
    }

    #[test]
    fn what_is_not_a_traceparent_begins_a_new_trace() {
        let (no_id, no_parent) = ("0".repeat(32), "0".repeat(16));
        for wrong in [
            vec![],
            vec![String::new()],
            vec!["9812345670".to_owned()],
            vec![format!("ff-{ID}-{PARENT}-01")],
            vec![format!("00-{no_id}-{PARENT}-01")],
            vec![format!("00-{ID}-{no_parent}-01")],
            vec![format!("00-{}-{PARENT}-01", ID.to_uppercase())],
            vec![format!("00-{ID}-{PARENT}-01-more")],
            vec![format!("01-{ID}-{PARENT}-01more")],
            vec![format!("00-{ID}-{PARENT}-+1")],
            vec![format!("00-{ID}{PARENT}--01")],
            vec![format!("00-{ID}-{PARENT}-01"), format!("00-{ID}-{PARENT}-01")],
        ] {
            let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
            let trace = trace(&wrong);
            assert_eq!((trace.id, trace.parent), (7, None), "{wrong:?}");
        }
    }
}
