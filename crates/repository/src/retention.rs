//! How long rows are kept.

use std::collections::BTreeMap;
use std::fmt;

/// Rows of one table that are deleted for good after a time. It stands in its [`Table`](crate::Table).
#[derive(Debug)]
pub struct Rule {
    /// Name on the command line.
    pub name: &'static str,
    /// Which rows, for people.
    pub about: &'static str,
    /// Which of the table's rows `t` may go. `$1` is the time before which they may.
    pub(crate) condition: &'static str,
    /// For how long they are kept.
    pub keep: Keep,
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// So many days.
    Days(u32),
    /// As many days as a setting says, and its default.
    Setting(&'static str, u32),
    /// For ever, unless the rule is called by its name and told the days.
    UntilAsked,
}

impl Keep {
    /// For what was deleted and can be restored.
    pub const DELETED: Self = Self::Setting("SOFT_DELETE_RETENTION_DAYS", 30);
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(0) => f.write_str("at once"),
            Self::Days(1) => f.write_str("after a day"),
            Self::Days(days) => write!(f, "after {days} days"),
            Self::Setting(name, default) => write!(f, "after {default} days ({name})"),
            Self::UntilAsked => f.write_str("only by `--rule` with `--days`"),
        }
    }
}

/// What the settings say of retention: days by the name of the setting. What is not set has its default.
///
/// ```
/// use strongroom_repository::{Keep, Retention};
///
/// let retention = Retention::default().with("SOFT_DELETE_RETENTION_DAYS", 90);
/// assert_eq!(retention.days(Keep::DELETED), 90);
/// assert_eq!(retention.days(Keep::Days(1)), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention(BTreeMap<&'static str, u32>);

impl Retention {
    /// The same with so many days for a setting.
    #[must_use]
    pub fn with(mut self, setting: &'static str, days: u32) -> Self {
        self.0.insert(setting, days);
        self
    }

    /// For how many days; `u32::MAX` for what is kept for ever.
    pub fn days(&self, keep: Keep) -> u32 {
        match keep {
            Keep::UntilAsked => u32::MAX,
            Keep::Days(days) => days,
            Keep::Setting(name, default) => self.0.get(name).copied().unwrap_or(default),
        }
    }
}
