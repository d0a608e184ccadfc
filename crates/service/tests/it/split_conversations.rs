//! Conversations.

use chrono::Duration;
use domain::split::{Context, Step};
use domain::{Id, Note, PageRequest, Text};
use repository::testing;
use strongroom_service::split::conversation_states::{self, Rules};
use strongroom_service::{Error, split::users};

use crate::fixtures::{asha, conflict, violation};

fn rules() -> Rules {
    Rules { timeout: Duration::hours(24), max_retries: 2 }
}

fn context(json: &str) -> Context {
    Context::parse(json).unwrap()
}

#[test]
fn saving_and_advancing_keep_the_same_transitions() {
    testing::check(|tx| {
        let (user, session) = (asha(tx).id, Text::parse("s1").unwrap());
        let fresh = conversation_states::get(tx, user, &session).unwrap();
        assert_eq!((fresh.current_step, fresh.expires_at), (Step::Initial, None));
        let photo = || context(r#"{"input_type": "photo"}"#);
        let skip = conversation_states::save(tx, user, &session, Step::ConfirmingBill, photo(), rules());
        assert_eq!(conflict(skip), "illegal_transition");
        let lacking =
            conversation_states::advance(tx, user, &session, Step::ExtractingBill, context("{}"), rules());
        assert_eq!(conflict(lacking), "missing_context_keys");
        assert_eq!(conversation_states::get(tx, user, &session).unwrap(), fresh);

        let saved =
            conversation_states::save(tx, user, &session, Step::ExtractingBill, photo(), rules()).unwrap();
        assert_eq!(saved.expires_at, Some(tx.now + Duration::hours(24)));
        let bill = context(r#"{"bill_data": {}}"#);
        let next =
            conversation_states::advance(tx, user, &session, Step::ConfirmingBill, bill, rules()).unwrap();
        assert_eq!(next.context, context(r#"{"input_type": "photo", "bill_data": {}}"#));
        // The same step again changes the context only.
        let edited = context(r#"{"bill_data": 2}"#);
        let same =
            conversation_states::save(tx, user, &session, Step::ConfirmingBill, edited.clone(), rules());
        assert_eq!(same.unwrap().context, edited);
        conversation_states::reset(tx, user, &session).unwrap();
        assert_eq!(conversation_states::get(tx, user, &session).unwrap(), fresh);
    });
}

#[test]
fn errors_add_up_until_a_success_or_a_new_beginning() {
    testing::check(|tx| {
        let (user, session) = (asha(tx).id, Text::parse("s1").unwrap());
        let error = |tx: &mut _| {
            let error = Note::parse("the photo is dark").unwrap();
            conversation_states::report_error(tx, user, &session, error, rules()).unwrap()
        };
        let initial = |tx: &mut _| {
            conversation_states::advance(tx, user, &session, Step::Initial, context("{}"), rules()).unwrap()
        };
        assert_eq!(error(tx).retry_count, 1);
        let success = initial(tx);
        assert_eq!((success.retry_count, success.last_error), (0, None));
        error(tx);
        let reset = error(tx);
        assert_eq!((reset.retry_count, reset.context), (0, context(r#"{"error_reset": true}"#)));
        assert_eq!(conversation_states::list(tx, user, true, PageRequest::default()).unwrap().items.len(), 1);
    });
}

#[test]
fn what_is_too_large_together_is_refused() {
    testing::check(|tx| {
        let (user, session) = (asha(tx).id, Text::parse("s1").unwrap());
        let part = |key: &str| context(&format!("{{\"{key}\": \"{}\"}}", "x".repeat(200_000)));
        conversation_states::advance(tx, user, &session, Step::Initial, part("a"), rules()).unwrap();
        let refused = conversation_states::advance(tx, user, &session, Step::Initial, part("b"), rules());
        assert_eq!(violation(refused), ("/context".to_owned(), "too_long"));
    });
}

#[test]
fn nobody_talks_who_is_not_there() {
    testing::check(|tx| {
        let (user, session) = (asha(tx).id, Text::parse("s1").unwrap());
        users::delete(tx, user, None).unwrap();
        for nobody in [user, Id::generate()] {
            let refused = [
                conversation_states::get(tx, nobody, &session).unwrap_err(),
                conversation_states::list(tx, nobody, false, PageRequest::default()).unwrap_err(),
                conversation_states::save(tx, nobody, &session, Step::Initial, context("{}"), rules())
                    .unwrap_err(),
                conversation_states::reset(tx, nobody, &session).unwrap_err(),
            ];
            for error in refused {
                assert!(matches!(error, Error::Repository(repository::Error::NotFound("user"))), "{error:?}");
            }
        }
    });
}
