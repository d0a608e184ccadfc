//! Collects every wrong field of an input, so that one answer names them all.

use std::fmt;

use crate::closed_set::UnknownValue;
use crate::id::InvalidId;
use crate::page::{LimitError, OffsetError};
use crate::text::TextError;

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// Where it stands in the input, as a JSON pointer (`/participants/3/amount`); empty for the whole.
    pub pointer: String,
    /// Stable, machine readable.
    pub code: &'static str,
    /// What is wrong and what would be right. Never repeats personal data.
    pub detail: String,
}

/// Everything that is wrong with an input.
///
/// ```
/// use strongroom_domain::{Invalid, PersonName, PhoneNumber};
///
/// let mut fields = Invalid::collect();
/// let name = fields.take("/name", PersonName::parse(""));
/// let phone = fields.take("/phone_number", PhoneNumber::parse("12"));
/// let invalid = fields.build(|| Some((name?, phone?))).unwrap_err();
/// assert_eq!(invalid.violations().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invalid(Vec<Violation>);

/// An error that can stand in an [`Invalid`]: it has a stable code, and may say more closely where it
/// happened.
pub trait FieldError {
    /// The violations, their pointers starting at the field that was read.
    fn violations(&self) -> Vec<Violation>;
}

impl Invalid {
    /// Starts with nothing wrong.
    pub fn collect() -> Self {
        Self::default()
    }

    /// An input of which one field is wrong.
    pub fn one(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        let mut invalid = Self::collect();
        invalid.add(pointer, code, detail);
        invalid
    }

    /// Notes a wrong field.
    pub fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(Violation { pointer: pointer.into(), code, detail: detail.into() });
    }

    /// Keeps a value that was parsed; notes the error of one that was not.
    pub fn take<T, E: FieldError>(&mut self, pointer: &str, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                let under = |v: Violation| Violation { pointer: format!("{pointer}{}", v.pointer), ..v };
                self.0.extend(error.violations().into_iter().map(under));
                None
            }
        }
    }

    /// The same for a field that may be absent: absent is fine, wrong is not. The outer `None` means wrong.
    pub fn take_optional<T, E: FieldError>(
        &mut self,
        pointer: &str,
        parsed: Option<Result<T, E>>,
    ) -> Option<Option<T>> {
        match parsed {
            None => Some(None),
            Some(parsed) => self.take(pointer, parsed).map(Some),
        }
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong, in the order it was found.
    pub fn violations(&self) -> &[Violation] {
        &self.0
    }

    /// `Ok` when nothing was wrong.
    pub fn finish(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Builds the value out of what was taken, when nothing was wrong. `build` gives `None` only when a part
    /// is missing, which without a violation is itself reported as one.
    pub fn build<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Self> {
        self.finish()?;
        build().ok_or_else(|| Self::one("", "incomplete", "a required value is missing"))
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, violation) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", violation.pointer, violation.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

impl FieldError for Invalid {
    fn violations(&self) -> Vec<Violation> {
        self.0.clone()
    }
}

/// The violation of an error that says nothing of where it happened.
pub(crate) fn here(code: &'static str, error: &impl fmt::Display) -> Vec<Violation> {
    vec![Violation { pointer: String::new(), code, detail: error.to_string() }]
}

impl FieldError for TextError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl FieldError for UnknownValue {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

impl FieldError for InvalidId {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

impl FieldError for LimitError {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

impl FieldError for OffsetError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    #[test]
    fn every_wrong_field_is_named() {
        let mut fields = Invalid::collect();
        let good = fields.take("/a", Text::<5>::parse("good"));
        let bad = fields.take("/b", Text::<5>::parse("much too long"));
        let absent = fields.take_optional("/c", None::<Result<Text<5>, TextError>>);
        let wrong = fields.take_optional("/d", Some(Text::<5>::parse("")));
        assert!(good.is_some() && bad.is_none() && wrong.is_none());
        assert_eq!(absent, Some(None));
        let invalid = fields.finish().unwrap_err();
        assert_eq!(
            invalid.to_string(),
            "/b: the text must have at most 5 characters; /d: the text must not be empty"
        );
        assert_eq!(invalid.violations()[0].code, "too_long");
    }

    #[test]
    fn what_is_nested_keeps_its_place() {
        let inner = Invalid::one("/name", "empty", "the name must not be empty");
        let mut fields = Invalid::collect();
        assert_eq!(fields.take("/items/2", Err::<(), _>(inner)), None);
        assert_eq!(fields.violations()[0].pointer, "/items/2/name");
    }

    #[test]
    fn a_value_is_built_only_when_nothing_is_wrong() {
        assert_eq!(Invalid::collect().build(|| Some(1)), Ok(1));
        assert_eq!(Invalid::collect().build(|| None::<u8>).unwrap_err().violations()[0].code, "incomplete");
        assert!(Invalid::one("/a", "b", "c").build(|| Some(1)).is_err());
    }
}
