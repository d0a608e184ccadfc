//! Statistics of payment requests over some days.

use serde::Serialize;

use super::Channel;

/// How one channel did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChannelStatistics {
    /// The channel.
    pub channel: Channel,
    /// Requests that it took.
    pub sent: u64,
    /// Requests that it did not take, or lost.
    pub failed: u64,
}

/// What became of the requests of some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// How many days back.
    pub days: u32,
    /// Requests made.
    pub requests: u64,
    /// Requests that some channel took, those included that were delivered or confirmed since.
    pub sent: u64,
    /// Requests that no channel took.
    pub failed: u64,
    /// Requests that were paid.
    pub confirmed: u64,
    /// Deliveries by channel and result.
    pub channels: Vec<ChannelStatistics>,
    /// `sent` of `requests`.
    pub success_rate: Rate,
    /// `confirmed` of `requests`.
    pub confirmation_rate: Rate,
}

/// A part of a whole, from 0 to 1 in ten-thousandths, rounded half up; written as a decimal (`"0.6667"`).
/// Nothing of nothing is 0.
///
/// ```
/// use strongroom_domain::split::statistics::Rate;
///
/// assert_eq!(Rate::of(2, 3).to_string(), "0.6667");
/// assert_eq!(Rate::of(0, 0).to_string(), "0.0000");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Rate(u16);

impl Rate {
    const WHOLE: u16 = 10_000;

    /// `part` of `whole`; a part larger than the whole counts as the whole.
    pub fn of(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self(0);
        }
        let (part, whole) = (u128::from(part.min(whole)), u128::from(whole));
        let rounded = (part * u128::from(Self::WHOLE) * 2 + whole) / (whole * 2);
        Self(u16::try_from(rounded).unwrap_or(Self::WHOLE))
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:04}", self.0 / Self::WHOLE, self.0 % Self::WHOLE)
    }
}

impl Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_half_up() {
        for (part, whole, text) in [
            (0, 0, "0.0000"),
            (5, 0, "0.0000"),
            (1, 3, "0.3333"),
            (2, 3, "0.6667"),
            (1, 20_000, "0.0001"),
            (1, 20_001, "0.0000"),
            (3, 3, "1.0000"),
            (4, 3, "1.0000"),
            (u64::MAX, u64::MAX, "1.0000"),
            (u64::MAX / 2, u64::MAX, "0.5000"),
        ] {
            assert_eq!(Rate::of(part, whole).to_string(), text, "{part}/{whole}");
        }
        assert_eq!(serde_json::to_string(&Rate::of(1, 2)).unwrap(), "\"0.5000\"");
    }
}
