//! Which statements a piece of work runs.

use std::cell::RefCell;

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

/// Hears of a statement, where somebody listens.
pub(crate) fn hear(statement: impl FnOnce() -> String) {
    HEARD.with_borrow_mut(|heard| {
        if let Some(heard) = heard {
            heard.push(statement());
        }
    });
}
