//! What is logged of statements: their text and their duration, never what is bound to them.
//!
//! All of them with `DATABASE_ECHO`, and always those that take longer than `DATABASE_SLOW_STATEMENT`, with the name of
//! the operation that they belong to. The request's id comes from the span that the caller is in.

use std::cell::Cell;
use std::time::{Duration, Instant};

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};

/// The target of these messages.
const LOG: &str = "strongroom::sql";

/// How many characters of a slow statement are logged. The beginning tells which one it is.
const SHOWN: usize = 2000;

thread_local! {
    /// The operation whose statements this thread runs: diesel tells an instrumentation nothing of its caller.
    static OPERATION: Cell<&'static str> = const { Cell::new("none") };
}

/// Names the operation whose statements this thread runs, for as long as this lives.
pub(crate) struct Operation {
    before: &'static str,
}

impl Operation {
    pub(crate) fn begin(name: &'static str) -> Self {
        Self { before: OPERATION.replace(name) }
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        OPERATION.set(self.before);
    }
}

/// The operation whose statements this thread runs.
pub(crate) fn operation() -> &'static str {
    OPERATION.get()
}

/// Times every statement of a connection.
pub(crate) struct StatementLog {
    echo: bool,
    slow: Duration,
    started: Option<Instant>,
}

impl StatementLog {
    pub(crate) fn new(echo: bool, slow: Duration) -> Self {
        Self { echo, slow, started: None }
    }
}

impl Instrumentation for StatementLog {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.started = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { query, error, .. } => {
                #[cfg(any(test, feature = "testing"))]
                crate::testing::statements::hear(|| text_of(query));
                let Some(took) = self.started.take().map(|started| started.elapsed()) else { return };
                let is_slow = took >= self.slow;
                // Writing the text out costs more than a statement may, so it is done for those that are logged.
                if !(is_slow || self.echo) {
                    return;
                }
                let text = text_of(query);
                let statement = text.as_str();
                let (micros, failed) = (took.as_micros(), error.is_some());
                if self.echo {
                    tracing::debug!(target: LOG, statement, micros, failed);
                }
                if is_slow {
                    let operation = operation();
                    metrics::counter!("database_slow_statements_total", "operation" => operation)
                        .increment(1);
                    let statement = format_args!("{statement:.SHOWN$}");
                    tracing::warn!(target: LOG, operation, %statement, micros, failed, "a slow statement");
                }
            }
            _ => {}
        }
    }
}

/// The text of a statement, without what is bound to it.
fn text_of(query: &dyn DebugQuery) -> String {
    let mut text = query.to_string();
    text.truncate(text.find(" -- binds").unwrap_or(text.len()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_within_another_gives_its_place_back() {
        let outer = Operation::begin("outer");
        {
            let _inner = Operation::begin("inner");
            assert_eq!(OPERATION.get(), "inner");
        }
        assert_eq!(OPERATION.get(), "outer");
        drop(outer);
        assert_eq!(OPERATION.get(), "none");
    }
}
