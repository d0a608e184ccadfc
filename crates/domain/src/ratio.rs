//! Measures that are floats, and finite.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::invalid::{FieldError, Violation, here};

/// A number from `MIN` to `MAX` that is measured, not counted: never NaN, never infinite. JSON has it as a number.
///
/// ```
/// use strongroom_domain::ratio::{Confidence, Sentiment};
///
/// assert_eq!(Confidence::new(0.75)?.get(), 0.75);
/// assert!(Confidence::new(-0.1).is_err() && Confidence::new(f64::NAN).is_err());
/// assert!(Sentiment::new(-0.1).is_ok());
/// # Ok::<(), strongroom_domain::ratio::RatioError>(())
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Ratio<const MIN: i32, const MAX: i32>(f64);

/// How sure something is, from 0 to 1.
pub type Confidence = Ratio<0, 1>;
/// How friendly a text is, from −1 to 1.
pub type Sentiment = Ratio<-1, 1>;

/// A number outside its bounds, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number must be from {min} to {max}")]
pub struct RatioError {
    min: i32,
    max: i32,
}

impl RatioError {
    /// Stable, machine readable.
    pub const CODE: &'static str = "out_of_range";
}

impl FieldError for RatioError {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

impl<const MIN: i32, const MAX: i32> Ratio<MIN, MAX> {
    /// Checks the bounds.
    pub fn new(number: f64) -> Result<Self, RatioError> {
        let within = (f64::from(MIN)..=f64::from(MAX)).contains(&number);
        // Adding zero leaves every number as it is, but for −0, which would be written with its sign.
        if within { Ok(Self(number + 0.0)) } else { Err(RatioError { min: MIN, max: MAX }) }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl<const MIN: i32, const MAX: i32> Eq for Ratio<MIN, MAX> {}

impl<const MIN: i32, const MAX: i32> PartialOrd for Ratio<MIN, MAX> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const MIN: i32, const MAX: i32> Ord for Ratio<MIN, MAX> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl<const MIN: i32, const MAX: i32> fmt::Display for Ratio<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i32, const MAX: i32> fmt::Debug for Ratio<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i32, const MAX: i32> Serialize for Ratio<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bounds_are_part_of_the_range() {
        for number in [0.0, 1.0, 0.5, f64::MIN_POSITIVE] {
            assert_eq!(Confidence::new(number).unwrap().get(), number);
        }
        assert_eq!(Sentiment::new(-1.0).unwrap().to_string(), "-1");
        assert_eq!(Confidence::new(-0.0).unwrap().to_string(), "0");
        assert_eq!(serde_json::to_string(&Confidence::new(0.25).unwrap()).unwrap(), "0.25");
    }

    #[test]
    fn what_is_outside_or_no_number_is_refused() {
        for number in
            [-f64::MIN_POSITIVE, 1.000_000_000_000_000_2, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
        {
            assert_eq!(Confidence::new(number).unwrap_err().to_string(), "the number must be from 0 to 1");
        }
    }

    proptest! {
        #[test]
        fn every_float_is_kept_or_refused(bits in any::<u64>(), other in -1.0..=1.0_f64) {
            let number = f64::from_bits(bits);
            match Sentiment::new(number) {
                Ok(kept) => prop_assert!(kept.get() == number && kept.get().abs() <= 1.0),
                Err(_) => prop_assert!(number.is_nan() || number.abs() > 1.0),
            }
            let (a, b) = (Sentiment::new(other).unwrap(), Sentiment::new(-other).unwrap());
            prop_assert_eq!(a.cmp(&b), other.partial_cmp(&-other).unwrap());
        }
    }
}
