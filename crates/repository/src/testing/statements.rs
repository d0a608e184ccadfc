//! Which statements a piece of work runs.

use std::cell::RefCell;

use crate::Tx;

thread_local! {
    static HEARD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// The statements that `work` runs on this thread, but for those that only begin, set up and end transactions. What is bound
/// to them is left out.
pub fn statements(work: impl FnOnce()) -> Vec<String> {
    HEARD.set(Some(Vec::new()));
    work();
    let mut heard = HEARD.take().unwrap_or_default();
    let own = ["BEGIN", "COMMIT", "ROLLBACK", "SELECT transaction_timestamp()", "SELECT 1"];
    heard.retain(|statement| !own.iter().any(|own| statement.starts_with(own)));
    heard
}

/// How many statements `work` runs, beside those of the transaction itself, and its result.
pub fn count_statements<'a, T>(tx: &mut Tx<'a>, work: impl FnOnce(&mut Tx<'a>) -> T) -> (T, usize) {
    let mut result = None;
    let heard = statements(|| result = Some(work(tx)));
    (result.expect("the work is done"), heard.len())
}

/// Hears of a statement, where somebody listens.
pub(crate) fn hear(statement: impl FnOnce() -> String) {
    HEARD.with_borrow_mut(|heard| {
        if let Some(heard) = heard {
            heard.push(statement());
        }
    });
}
