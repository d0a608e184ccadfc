//! Personal data: values that are sealed before they are stored and never shown by accident.
//!
//! [`Pii`] is one type for all kinds. `parse` normalises and checks, and its error names the kind and the
//! rule but never repeats the input. [`Pii::expose`] is the only way to read the value, so a search for
//! `expose` finds every place where personal data leaves the program. There is no `Display` and no serde,
//! `Debug` prints the kind (`[phone number]`), and the memory is overwritten when the value is dropped.

mod email;
mod json;
mod name;
mod note;
mod phone;
mod upi;
mod whatsapp_id;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use zeroize::Zeroize;

pub use email::EmailKind;
pub(crate) use json::INVALID as INVALID_JSON;
pub use json::JsonKind;
pub use name::{CompanyNameKind, NameKind, PlaceKind, UserNameKind};
pub use note::{MessageKind, NoteKind};
pub use phone::{PhoneKind, Region};
pub use upi::{AppLinkKind, UpiIdKind, UpiLinkKind};
pub use whatsapp_id::WhatsAppIdKind;

use crate::invalid::{FieldError, Violation, here};
use crate::text::{self, Form, TextError};

/// A phone number in E.164, for example `+919876543210`.
pub type PhoneNumber = Pii<PhoneKind>;
/// A person's name, 1 to 200 characters.
pub type PersonName = Pii<NameKind>;
/// An e-mail address, for example `asha@example.com`.
pub type Email = Pii<EmailKind>;
/// The name of a company, 1 to 255 characters.
pub type CompanyName = Pii<CompanyNameKind>;
/// The name under which somebody is known to a service, 1 to 200 characters; equal in any case.
pub type UserName = Pii<UserNameKind>;
/// Where people meet, 1 to 200 characters.
pub type Place = Pii<PlaceKind>;
/// A UPI address, for example `asha@okaxis`.
pub type UpiId = Pii<UpiIdKind>;
/// A `upi://pay?…` link, which holds a payee's UPI address and a name.
pub type UpiLink = Pii<UpiLinkKind>;
/// A payment link for one app, for example `phonepe://pay?…`.
pub type AppLink = Pii<AppLinkKind>;
/// A private note of at most 2,000 characters: a reason, an error text.
pub type Note = Pii<NoteKind>;
/// The text of a message, to a person or from one: 1 to 20,000 characters.
pub type MessageText = Pii<MessageKind>;
/// The id by which WhatsApp names somebody to one business, for example `US.1234567890`.
pub type WhatsAppId = Pii<WhatsAppIdKind>;
/// A JSON object as text, for example a conversation's context.
pub type PrivateJson = Pii<JsonKind>;

/// A kind of personal data: what it is called, what is valid, and what it is looked up by.
pub trait PiiKind: 'static {
    /// What people call it; stands in errors and in `Debug`.
    const NAME: &'static str;

    /// The one form in which the value is stored, or the rule it breaks.
    fn normalise(input: &str) -> Result<String, Rule>;

    /// The form the blind index is computed over: equal for values that count as the same.
    fn index_form(value: &str) -> String {
        value.to_owned()
    }
}

/// A rule that an input broke: a stable code and how to finish the sentence "the phone number …".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable, machine readable.
    pub code: &'static str,
    /// For people, for example "must not be empty".
    pub text: &'static str,
}

/// Why personal data was refused. It names the kind and the rule and never repeats the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {kind} {}", rule.text)]
pub struct PiiError {
    kind: &'static str,
    rule: Rule,
}

impl PiiError {
    pub(crate) fn of<K: PiiKind>(rule: Rule) -> Self {
        Self { kind: K::NAME, rule }
    }

    /// What was being read, for example "phone number".
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Stable, machine readable.
    pub fn code(&self) -> &'static str {
        self.rule.code
    }
}

impl FieldError for PiiError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

/// Personal data of kind `K`.
///
/// ```
/// use strongroom_domain::PhoneNumber;
///
/// let phone = PhoneNumber::parse("+91 98765 43210")?;
/// assert_eq!(phone.expose(), "+919876543210");
/// assert_eq!(format!("{phone:?}"), "[phone number]");
/// # Ok::<(), strongroom_domain::PiiError>(())
/// ```
///
/// It has no `Display`, so it cannot be formatted into a message:
///
/// ```compile_fail
/// let phone = strongroom_domain::PhoneNumber::parse("+919876543210").unwrap();
/// println!("{phone}");
/// ```
pub struct Pii<K: PiiKind> {
    value: String,
    kind: PhantomData<fn() -> K>,
}

impl<K: PiiKind> Pii<K> {
    /// Normalises and checks an input.
    pub fn parse(input: &str) -> Result<Self, PiiError> {
        K::normalise(input).map(Self::from_trusted).map_err(PiiError::of::<K>)
    }

    /// Takes a value as it is, because it came out of the store, where only checked values go.
    pub fn from_trusted(value: String) -> Self {
        Self { value, kind: PhantomData }
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// The form the blind index is computed over.
    pub fn index_form(&self) -> String {
        K::index_form(&self.value)
    }
}

impl<K: PiiKind> Drop for Pii<K> {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl<K: PiiKind> Clone for Pii<K> {
    fn clone(&self) -> Self {
        Self::from_trusted(self.value.clone())
    }
}

impl<K: PiiKind> PartialEq for Pii<K> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<K: PiiKind> Eq for Pii<K> {}

impl<K: PiiKind> Hash for Pii<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<K: PiiKind> fmt::Debug for Pii<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", K::NAME)
    }
}

/// Reads a text by the rules of [`text`](crate::text); `too_long` says that it has more than `max` characters.
fn read_text(input: &str, max: usize, too_long: Rule, form: Form) -> Result<String, Rule> {
    text::read(input, max, form).map_err(|error| Rule {
        code: error.code(),
        text: match error {
            TextError::TooLong { .. } => too_long.text,
            TextError::Empty => "must not be empty",
            TextError::ControlCharacter => "must not hold control characters",
            TextError::DirectionMark => {
                "must not hold marks that change the direction of text (U+202A to U+202E, U+2066 to U+2069)"
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::generated_documents::DocumentKind;
    use proptest::prelude::*;

    #[test]
    fn nothing_shows_the_value() {
        let name = PersonName::parse("Asha Rao").unwrap();
        assert_eq!(format!("{name:?} {:?}", Some(&name)), "[name] Some([name])");
        let error = PhoneNumber::parse("Asha Rao 12345").unwrap_err();
        assert_eq!(error.kind(), "phone number");
        assert!(!format!("{error} {error:?}").contains("Asha"));
    }

    /// What every kind must do with any input: no panic, and a normal form that is its own normal form.
    fn check<K: PiiKind>(input: &str) {
        if let Ok(value) = Pii::<K>::parse(input) {
            assert_eq!(Pii::<K>::parse(value.expose()).as_ref(), Ok(&value));
            let _ = value.index_form();
        }
    }

    proptest! {
        #[test]
        fn no_input_panics_and_normal_forms_are_stable(input in any::<String>()) {
            check::<PhoneKind>(&input);
            check::<NameKind>(&input);
            check::<CompanyNameKind>(&input);
            check::<UserNameKind>(&input);
            check::<PlaceKind>(&input);
            check::<EmailKind>(&input);
            check::<UpiIdKind>(&input);
            check::<UpiLinkKind>(&input);
            check::<AppLinkKind>(&input);
            check::<NoteKind>(&input);
            check::<MessageKind>(&input);
            check::<JsonKind>(&input);
            check::<DocumentKind>(&input);
            check::<WhatsAppIdKind>(&input);
        }
    }
}
