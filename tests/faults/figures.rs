//! How long the tests run, from which seed, and what they measured.

use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

use strongroom_tests::Random;

/// One test: its name in the table, and its random numbers.
pub(crate) struct Figures {
    test: &'static str,
    pub(crate) random: Random,
    wrong: RefCell<Vec<String>>,
}

impl Figures {
    /// Prints the seed, which is shown when the test fails, in whatever way.
    pub(crate) fn of(test: &'static str) -> Self {
        let seed = setting("FAULTS_SEED").map_or(1, |seed| seed.parse().unwrap());
        println!("FAULTS_SEED={seed} FAULTS={}", if is_full() { "full" } else { "short" });
        Self { test, random: Random::new(seed, test), wrong: RefCell::default() }
    }

    /// Notes a figure. One that is wrong fails the test, when all have been noted.
    pub(crate) fn check(&self, what: &str, found: impl std::fmt::Display, bound: &str, is_right: bool) {
        let mark = if is_right { "" } else { "  FAILED" };
        let row = format!("{:<4} {what:<48} {found:>12}  {bound}{mark}", self.test);
        println!("{row}");
        if let Some(table) = setting("FAULTS_TABLE") {
            let mut table = OpenOptions::new().append(true).create(true).open(table).unwrap();
            writeln!(table, "{row}").unwrap();
        }
        if !is_right {
            self.wrong.borrow_mut().push(format!("{what}: {found} instead of {bound}"));
        }
    }

    /// Notes a figure that is right whatever it is.
    pub(crate) fn note(&self, what: &str, found: impl std::fmt::Display) {
        self.check(what, found, "", true);
    }

    /// A count that must be this one.
    pub(crate) fn exactly(&self, what: &str, found: usize, expected: usize) {
        self.check(what, found, &format!("= {expected}"), found == expected);
    }

    /// A count that must not be more.
    pub(crate) fn at_most(&self, what: &str, found: usize, most: usize) {
        self.check(what, found, &format!("<= {most}"), found <= most);
    }

    /// A time that must not be longer. The short form runs beside other tests and on busy machines, so there it may be
    /// twice as long, and a second.
    pub(crate) fn within(&self, what: &str, took: Duration, longest: Duration) {
        let bound = if is_full() { longest } else { longest * 2 + Duration::from_secs(1) };
        self.check(what, millis(took), &format!("<= {}", millis(bound)), took <= bound);
    }
}

impl Drop for Figures {
    fn drop(&mut self) {
        let wrong = self.wrong.borrow();
        assert!(std::thread::panicking() || wrong.is_empty(), "{}: {}", self.test, wrong.join("; "));
    }
}

fn millis(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// Whether this is the full form.
pub(crate) fn is_full() -> bool {
    setting("FAULTS").is_some_and(|form| form == "full")
}

/// What holds for the short form, or for the full one.
pub(crate) fn scale<T>(short: T, full: T) -> T {
    if is_full() { full } else { short }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the length and the seed of these tests are no settings of the service"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
