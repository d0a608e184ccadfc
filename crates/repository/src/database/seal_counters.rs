//! How many values were sealed and opened.

use std::cell::Cell;

use codec::Column;

/// The count of one call of the database handle, told to the metrics when the call is over: a counter of its own for each value
/// would cost as much as a part of the sealing.
#[derive(Default)]
pub(crate) struct SealCounters {
    sealed: Cell<u64>,
    opened: Cell<u64>,
}

impl SealCounters {
    pub(crate) fn count_sealed(&self) {
        self.sealed.set(self.sealed.get() + 1);
    }

    pub(crate) fn count_opened(&self) {
        self.opened.set(self.opened.get() + 1);
    }
}

impl Drop for SealCounters {
    fn drop(&mut self) {
        for (name, count) in
            [("codec_seals_total", self.sealed.get()), ("codec_opens_total", self.opened.get())]
        {
            if count > 0 {
                metrics::counter!(name).increment(count);
            }
        }
    }
}

/// Counts a value that did not open. It happens when a key or the data is wrong, so its cost is no matter.
pub(crate) fn count_unopened(column: &Column) {
    metrics::counter!("codec_open_failures_total", "column" => column.to_string()).increment(1);
}
