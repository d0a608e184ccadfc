//! Conversation states: where the agent stands in talking a user through a bill, and which steps may follow.

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};

use super::User;
use crate::invalid::{FieldError, Violation, here};
use crate::json::{self, JsonObject};
use crate::pii::{INVALID_JSON, JsonKind};
use crate::{Id, Note, PiiError, PrivateJson, Text};

closed_set! {
    /// A step of a conversation.
    Step, "conversation step" {
        /// Nothing has happened yet.
        Initial = "initial",
        /// The bill is being read.
        ExtractingBill = "extracting_bill",
        /// The user checks what was read.
        ConfirmingBill = "confirming_bill",
        /// The user says who shares it.
        CollectingContacts = "collecting_contacts",
        /// The shares are worked out.
        CalculatingSplits = "calculating_splits",
        /// The user checks the shares.
        ConfirmingSplits = "confirming_splits",
        /// Payment requests go out.
        SendingRequests = "sending_requests",
        /// Payments come in.
        TrackingPayments = "tracking_payments",
        /// Everybody has paid.
        Completed = "completed",
    }
}

/// A user's conversation in one session.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationState {
    /// Its id.
    pub id: Id<ConversationState>,
    /// Who talks with the agent.
    pub user_id: Id<User>,
    /// In which session; unique for the user.
    pub session_id: Text<100>,
    /// Where the conversation stands.
    pub current_step: Step,
    /// What is known so far.
    pub context: Context,
    /// How many errors were reported since the last success.
    pub retry_count: i32,
    /// The last of them.
    pub last_error: Option<Note>,
    /// When this counts as forgotten.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl ConversationState {
    /// Whether it is forgotten: an expired state reads as a fresh one.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// When a state that is saved now is forgotten.
pub fn expires_at(now: DateTime<Utc>, timeout: Duration) -> DateTime<Utc> {
    now.checked_add_signed(timeout).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl Step {
    /// The steps that follow in the normal course.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Initial => &[Self::ExtractingBill],
            Self::ExtractingBill => &[Self::ConfirmingBill],
            Self::ConfirmingBill => &[Self::CollectingContacts, Self::ExtractingBill],
            Self::CollectingContacts => &[Self::CalculatingSplits],
            Self::CalculatingSplits => &[Self::ConfirmingSplits, Self::CollectingContacts],
            Self::ConfirmingSplits => &[Self::SendingRequests, Self::CalculatingSplits],
            Self::SendingRequests => &[Self::TrackingPayments, Self::ConfirmingSplits],
            Self::TrackingPayments => &[Self::Completed],
            Self::Completed => &[Self::Initial],
        }
    }

    /// Whether a conversation may stay at this step while its context grows.
    pub const fn repeats(self) -> bool {
        matches!(
            self,
            Self::ExtractingBill
                | Self::CollectingContacts
                | Self::CalculatingSplits
                | Self::TrackingPayments
        )
    }

    /// The keys that a context must have for this step to be entered.
    pub const fn required_keys(self) -> &'static [&'static str] {
        match self {
            Self::Initial => &[],
            Self::ExtractingBill => &["input_type"],
            Self::ConfirmingBill => &["bill_data"],
            Self::CollectingContacts => &["bill_data", "participants"],
            Self::CalculatingSplits => &["bill_data", "participants", "contacts_complete"],
            Self::ConfirmingSplits => &["bill_data", "participants", "splits_calculated"],
            Self::SendingRequests => &["bill_data", "participants", "splits_confirmed"],
            Self::TrackingPayments => &["bill_id", "payment_requests"],
            Self::Completed => &["bill_id"],
        }
    }

    /// Whether `to` may follow: in the normal course, as a repetition, or as a return to the beginning, which
    /// is open from every step.
    pub fn may_become(self, to: Self) -> bool {
        to == Self::Initial || self.next().contains(&to) || (self == to && self.repeats())
    }

    /// Enters `to` with this context, or says why not. Saving and advancing both come through here.
    ///
    /// ```
    /// use strongroom_domain::split::{Context, Step};
    ///
    /// let context = Context::parse(r#"{"input_type": "photo"}"#)?;
    /// assert_eq!(Step::Initial.enter(Step::ExtractingBill, &context), Ok(Step::ExtractingBill));
    /// let error = Step::ExtractingBill.enter(Step::ConfirmingBill, &context).unwrap_err();
    /// assert_eq!(error.to_string(), "the step confirming_bill needs these keys in the context: bill_data");
    /// # Ok::<(), strongroom_domain::PiiError>(())
    /// ```
    pub fn enter(self, to: Self, context: &Context) -> Result<Self, StepError> {
        if !self.may_become(to) {
            return Err(StepError::IllegalTransition { from: self, to });
        }
        let missing: Vec<_> = to.required_keys().iter().copied().filter(|key| !context.has(key)).collect();
        if missing.is_empty() { Ok(to) } else { Err(StepError::MissingKeys { step: to, missing }) }
    }
}

/// Why a step cannot be entered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// It does not follow.
    #[error("a conversation cannot go from {from} to {to}")]
    IllegalTransition {
        /// Where the conversation stands.
        from: Step,
        /// Where it was to go.
        to: Step,
    },
    /// The context lacks something.
    #[error("the step {step} needs these keys in the context: {}", .missing.join(", "))]
    MissingKeys {
        /// Which step.
        step: Step,
        /// What it lacks.
        missing: Vec<&'static str>,
    },
}

impl StepError {
    /// Stable, machine readable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::IllegalTransition { .. } => "illegal_transition",
            Self::MissingKeys { .. } => "missing_context_keys",
        }
    }
}

impl FieldError for StepError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

/// What a conversation knows so far: a JSON object. Names and numbers of people stand in it, so it never
/// shows itself.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Context(Map<String, Value>);

impl Context {
    /// Reads a JSON object.
    pub fn parse(json: &str) -> Result<Self, PiiError> {
        Self::open(&PrivateJson::parse(json)?)
    }

    /// Takes a JSON object that was read already.
    pub fn from_object(object: JsonObject) -> Self {
        Self(object.into_fields())
    }

    /// Reads what was stored.
    pub fn open(json: &PrivateJson) -> Result<Self, PiiError> {
        let object = json::from_trusted(json.expose());
        object.map(Self::from_object).map_err(|_| PiiError::of::<JsonKind>(INVALID_JSON))
    }

    /// The form in which it is stored. Fails when it is too large.
    pub fn to_json(&self) -> Result<PrivateJson, PiiError> {
        PrivateJson::parse(&Value::Object(self.0.clone()).to_string())
    }

    /// The object itself.
    pub fn expose(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Whether a key is there and not null.
    pub fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| !value.is_null())
    }

    /// Takes the keys of `changes` over; a null removes its key. What lies deeper is replaced whole.
    pub fn merge(&mut self, changes: Self) {
        for (key, value) in changes.0 {
            if value.is_null() {
                self.0.shift_remove(&key);
            } else {
                self.0.insert(key, value);
            }
        }
    }

    /// The context after too many errors.
    pub fn after_reset() -> Self {
        Self(Map::from_iter([("error_reset".to_owned(), Value::Bool(true))]))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[conversation context]")
    }
}

/// What follows a reported error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterError {
    /// The conversation stays where it is.
    Retry {
        /// The errors since the last success, this one included.
        retry_count: i32,
    },
    /// It was one too many: back to the initial step, with [`Context::after_reset`] and no errors counted.
    Reset,
}

/// What follows an error, after `retry_count` others since the last success, when `max` are too many.
pub fn after_error(retry_count: i32, max: i32) -> AfterError {
    let retry_count = retry_count.saturating_add(1);
    if retry_count >= max { AfterError::Reset } else { AfterError::Retry { retry_count } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The table of the specification, with self-loops, and the return to initial from every step.
    const ALLOWED: &[(&str, &[&str])] = &[
        ("initial", &["initial", "extracting_bill"]),
        ("extracting_bill", &["initial", "extracting_bill", "confirming_bill"]),
        ("confirming_bill", &["initial", "extracting_bill", "collecting_contacts"]),
        ("collecting_contacts", &["initial", "collecting_contacts", "calculating_splits"]),
        (
            "calculating_splits",
            &["initial", "collecting_contacts", "calculating_splits", "confirming_splits"],
        ),
        ("confirming_splits", &["initial", "calculating_splits", "sending_requests"]),
        ("sending_requests", &["initial", "confirming_splits", "tracking_payments"]),
        ("tracking_payments", &["initial", "tracking_payments", "completed"]),
        ("completed", &["initial"]),
    ];

    #[test]
    fn exactly_the_transitions_of_the_table_are_allowed() {
        assert_eq!(ALLOWED.len(), Step::ALL.len());
        for (from, allowed) in ALLOWED {
            let from: Step = from.parse().unwrap();
            let found: Vec<_> =
                Step::ALL.iter().filter(|&&to| from.may_become(to)).map(|to| to.as_str()).collect();
            assert_eq!(&found, allowed, "{from}");
        }
    }

    #[test]
    fn each_missing_key_keeps_a_step_shut() {
        for &from in Step::ALL {
            for &to in Step::ALL.iter().filter(|&&to| from.may_become(to)) {
                let full: Map<_, _> =
                    to.required_keys().iter().map(|key| (key.to_string(), Value::Bool(true))).collect();
                assert_eq!(from.enter(to, &Context(full.clone())), Ok(to));
                for &key in to.required_keys() {
                    let missing = vec![key];
                    let mut without = full.clone();
                    without.insert(key.to_owned(), Value::Null);
                    let error = from.enter(to, &Context(without.clone())).unwrap_err();
                    assert_eq!(error, StepError::MissingKeys { step: to, missing });
                    without.remove(key);
                    assert_eq!(from.enter(to, &Context(without)), Err(error));
                }
            }
        }
        let error = Step::Initial.enter(Step::Completed, &Context::default()).unwrap_err();
        assert_eq!(error.code(), "illegal_transition");
        assert_eq!(error.to_string(), "a conversation cannot go from initial to completed");
    }

    #[test]
    fn merging_replaces_keys_and_null_removes_them() {
        let mut context = Context::parse(r#"{"a": {"x": 1}, "b": 2}"#).unwrap();
        context.merge(Context::parse(r#"{"a": {"y": 1}, "b": null, "c": 0.10}"#).unwrap());
        assert_eq!(context.to_json().unwrap().expose(), r#"{"a":{"y":1},"c":0.10}"#);
        assert_eq!(Context::open(&context.to_json().unwrap()), Ok(context));
    }

    #[test]
    fn a_context_never_shows_itself() {
        let context = Context::parse(r#"{"name": "Asha"}"#).unwrap();
        assert_eq!(format!("{context:?}"), "[conversation context]");
        assert!(Context::parse("[1]").is_err());
        assert!(Context::open(&PrivateJson::from_trusted("damaged".to_owned())).is_err());
    }

    #[test]
    fn the_last_error_too_many_resets() {
        assert_eq!(after_error(0, 3), AfterError::Retry { retry_count: 1 });
        assert_eq!(after_error(1, 3), AfterError::Retry { retry_count: 2 });
        assert_eq!(after_error(2, 3), AfterError::Reset);
        assert_eq!(after_error(i32::MAX, i32::MAX), AfterError::Reset);
        assert_eq!(Context::after_reset().to_json().unwrap().expose(), r#"{"error_reset":true}"#);
    }

    #[test]
    fn a_state_expires_at_its_time() {
        let now = DateTime::UNIX_EPOCH;
        let at = expires_at(now, Duration::hours(24));
        let state = ConversationState {
            id: Id::generate(),
            user_id: Id::generate(),
            session_id: Text::parse("s").unwrap(),
            current_step: Step::Initial,
            context: Context::default(),
            retry_count: 0,
            last_error: None,
            expires_at: Some(at),
            created_at: now,
            updated_at: now,
        };
        assert!(!state.is_expired(at - Duration::milliseconds(1)));
        assert!(state.is_expired(at));
        assert_eq!(expires_at(DateTime::<Utc>::MAX_UTC, Duration::hours(24)), DateTime::<Utc>::MAX_UTC);
    }

    proptest! {
        #[test]
        fn no_context_panics(input in any::<String>()) {
            let _ = Context::parse(&input);
        }
    }
}
