//! How long work is going: a bar on a terminal, plain lines elsewhere. On standard error, so that the answer stays clean.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::context::say;

/// Work of which the amount is known.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    what: &'static str,
    tenths: u64,
}

impl Progress {
    pub(crate) fn new(what: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
                bar.set_style(style);
            }
            bar.set_message(what);
            bar
        });
        Self { bar, what, tenths: 0 }
    }

    /// So many of so many are done.
    pub(crate) fn set(&mut self, done: u64, of: u64) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(of.max(done));
                bar.set_position(done);
            }
            None => {
                let tenths = (done * 10).checked_div(of).unwrap_or(10);
                if tenths > self.tenths {
                    self.tenths = tenths;
                    say(format_args!("{}: {done} of {of}", self.what));
                }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
