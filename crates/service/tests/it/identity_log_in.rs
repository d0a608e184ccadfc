//! Logging in: who gets in, what the others hear, and that they cost the same.

use std::time::{Duration, Instant};

use domain::Id;
use domain::identity::{NewPassword, Password, PasswordRules, TokenScope};
use repository::platform::login_failures::{self, Lockout};
use repository::platform::{credentials, sessions};
use repository::{Tx, testing};
use strongroom_service::identity::{
    Attempt, Cost, EndUser, LOCKOUT, Lifetimes, PasswordChange, PasswordReset, Passwords, TokenPair, Tokens,
};
use strongroom_service::{Error, Result};
use uuid::Uuid;

use crate::fixtures::{conflict, violation};

const RIGHT: &str = "correct horse battery";
const WRONG: &str = "correct horse batteri";

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn passwords(memory: u32) -> Passwords {
    Passwords::new(Cost { memory, passes: 1, lanes: 1 }).unwrap()
}

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn new_password(text: &str) -> NewPassword {
    NewPassword::parse(text, &PasswordRules::default()).unwrap()
}

/// Nobody's row: credentials do not ask for one.
fn someone() -> EndUser {
    EndUser { system: "split", id: Id::<EndUser>::generate().uuid() }
}

fn set(tx: &mut Tx<'_>, passwords: &Passwords, user: EndUser, text: &str) -> Result<()> {
    PasswordReset::begin(tx, user)?.prepare(passwords, &new_password(text), soon())?.finish(tx)
}

/// What a handler does, but for the transactions that it has around the first and the last step.
fn log_in(
    tx: &mut Tx<'_>,
    passwords: &Passwords,
    name: &str,
    user: Option<Uuid>,
    text: &str,
) -> Result<EndUser> {
    Attempt::begin(tx, "split", name, user)?.check(passwords, &password(text), soon())?.finish(tx)
}

fn open(tx: &mut Tx<'_>, user: EndUser) -> TokenPair {
    Tokens::new(tx.cipher(), Lifetimes::default()).open(tx, user, TokenScope::Write).unwrap()
}

fn is_alive(tx: &mut Tx<'_>, pair: &TokenPair) -> bool {
    sessions::find(tx, pair.session.id).unwrap().unwrap().0.revoked_at.is_none()
}

#[test]
fn whoever_guesses_hears_the_same_for_the_same_work() {
    testing::check(|tx| {
        let (passwords, asha) = (passwords(64), someone());
        set(tx, &passwords, asha, RIGHT).unwrap();
        assert_eq!(log_in(tx, &passwords, "asha", Some(asha.id), RIGHT).unwrap(), asha);

        let nobody = (None, RIGHT);
        let without_password = (Some(someone().id), RIGHT);
        let wrong_password = (Some(asha.id), WRONG);
        for (user, text) in [nobody, without_password, wrong_password] {
            let before = passwords.verifications();
            let refused = log_in(tx, &passwords, "asha", user, text);
            assert!(
                matches!(refused, Err(Error::Unauthenticated("the name or the password is wrong"))),
                "{refused:?}"
            );
            assert_eq!(passwords.verifications(), before + 1);
        }
    });
}

#[test]
fn ten_failures_lock_a_name_that_somebody_has_and_one_that_nobody_has() {
    testing::check(|tx| {
        let (passwords, asha) = (passwords(64), someone());
        set(tx, &passwords, asha, RIGHT).unwrap();
        for (name, user) in [("asha", Some(asha.id)), ("nobody", None)] {
            for _ in 0..10 {
                let refused = log_in(tx, &passwords, name, user, WRONG);
                assert!(matches!(refused, Err(Error::Unauthenticated(_))), "{refused:?}");
            }
            let before = passwords.verifications();
            let locked = log_in(tx, &passwords, name, user, RIGHT);
            assert!(
                matches!(&locked, Err(Error::TooManyAttempts { retry_after }) if *retry_after == LOCKOUT.locked_for),
                "{locked:?}"
            );
            assert_eq!(passwords.verifications(), before, "a locked name costs no work");
        }
        assert!(log_in(tx, &passwords, "another", Some(asha.id), RIGHT).is_ok());
    });
}

#[test]
fn success_forgets_failures_and_the_tenth_attempt_may_still_succeed() {
    testing::check(|tx| {
        let (passwords, asha) = (passwords(64), someone());
        set(tx, &passwords, asha, RIGHT).unwrap();
        for _ in 0..3 {
            for _ in 0..9 {
                log_in(tx, &passwords, "asha", Some(asha.id), WRONG).unwrap_err();
            }
            log_in(tx, &passwords, "asha", Some(asha.id), RIGHT).unwrap();
        }
    });
}

#[test]
fn a_lock_ends_and_old_failures_do_not_count() {
    testing::check(|tx| {
        let minutes = chrono::TimeDelta::minutes;
        let count = |tx: &mut Tx<'_>, lockout| login_failures::count(tx, "split", &[7; 16], lockout).unwrap();
        let short = Lockout { attempts: 2, within: minutes(15), locked_for: minutes(0) };
        assert_eq!([(); 3].map(|()| count(tx, short)), [None; 3], "it is over when it begins");
        // The lock was over, so the third was the first of a new count.
        let lasting = Lockout { locked_for: minutes(15), ..short };
        assert_eq!(count(tx, lasting), None);
        assert_eq!(count(tx, lasting), Some(tx.now + minutes(15)));

        let count = |tx: &mut Tx<'_>, lockout| login_failures::count(tx, "split", &[8; 16], lockout).unwrap();
        let forgetful = Lockout { attempts: 2, within: minutes(0), locked_for: minutes(15) };
        assert_eq!([(); 5].map(|()| count(tx, forgetful)), [None; 5]);
    });
}

#[test]
fn a_hash_of_less_work_is_replaced_at_log_in() {
    testing::check(|tx| {
        let (little, more, asha) = (passwords(64), passwords(128), someone());
        set(tx, &little, asha, RIGHT).unwrap();
        let hash = |tx: &mut Tx<'_>| credentials::find(tx, "split", asha.id).unwrap().unwrap().password_hash;
        let old = hash(tx);
        log_in(tx, &more, "asha", Some(asha.id), WRONG).unwrap_err();
        assert_eq!(hash(tx), old);
        log_in(tx, &more, "asha", Some(asha.id), RIGHT).unwrap();
        let new = hash(tx);
        assert!(new != old && !more.is_outdated(&new));
        log_in(tx, &more, "asha", Some(asha.id), RIGHT).unwrap();
        assert_eq!(hash(tx), new);
    });
}

#[test]
fn a_password_that_changes_while_it_is_compared_opens_nothing() {
    testing::check(|tx| {
        let (passwords, asha) = (passwords(64), someone());
        set(tx, &passwords, asha, RIGHT).unwrap();
        let attempt = Attempt::begin(tx, "split", "asha", Some(asha.id)).unwrap();
        let checked = attempt.check(&passwords, &password(RIGHT), soon()).unwrap();
        set(tx, &passwords, asha, "another password").unwrap();
        assert!(matches!(checked.finish(tx), Err(Error::Unauthenticated(_))));
    });
}

#[test]
fn a_change_needs_the_old_password_and_ends_every_session() {
    testing::check(|tx| {
        let (passwords, asha, other) = (passwords(64), someone(), someone());
        set(tx, &passwords, asha, RIGHT).unwrap();
        let (session, of_another) = (open(tx, asha), open(tx, other));
        let change = |tx: &mut Tx<'_>, old: &str, new: &str| {
            let begun = PasswordChange::begin(tx, asha)?;
            begun.prepare(&passwords, &password(old), &new_password(new), soon())?.finish(tx)
        };
        assert_eq!(
            violation(change(tx, WRONG, "another password")),
            ("/current_password".into(), "wrong_password")
        );
        assert!(is_alive(tx, &session));
        change(tx, RIGHT, "another password").unwrap();
        assert!(!is_alive(tx, &session) && is_alive(tx, &of_another));
        log_in(tx, &passwords, "asha", Some(asha.id), RIGHT).unwrap_err();
        log_in(tx, &passwords, "asha", Some(asha.id), "another password").unwrap();
    });
}

#[test]
fn a_stolen_session_does_not_serve_to_guess_the_password() {
    testing::check(|tx| {
        let (passwords, asha) = (passwords(64), someone());
        set(tx, &passwords, asha, RIGHT).unwrap();
        for _ in 0..10 {
            let begun = PasswordChange::begin(tx, asha).unwrap();
            begun
                .prepare(&passwords, &password(WRONG), &new_password("another password"), soon())
                .unwrap_err();
        }
        assert!(matches!(PasswordChange::begin(tx, asha), Err(Error::TooManyAttempts { .. })));
        // Whoever has the password still gets in.
        log_in(tx, &passwords, "asha", Some(asha.id), RIGHT).unwrap();
    });
}

#[test]
fn none_of_the_last_five_passwords_is_set_again() {
    testing::check(|tx| {
        let (passwords, asha) = (passwords(64), someone());
        let nth = |n: usize| format!("password number {n}");
        for n in 1..=6 {
            set(tx, &passwords, asha, &nth(n)).unwrap();
        }
        for n in 2..=6 {
            let refused = violation(set(tx, &passwords, asha, &nth(n)));
            assert_eq!(refused, ("/new_password".into(), "password_used_before"), "{n}");
        }
        set(tx, &passwords, asha, &nth(1)).unwrap();
        set(tx, &passwords, asha, &nth(2)).unwrap();
    });
}

#[test]
fn of_two_who_set_a_password_at_once_one_hears_of_the_other() {
    testing::check(|tx| {
        let (passwords, asha) = (passwords(64), someone());
        // First when there is none yet, then when there is one to be replaced.
        for (one, two) in [("first password", "second password"), ("third password", "fourth password")] {
            let [one, two] = [one, two].map(|text| {
                let begun = PasswordReset::begin(tx, asha).unwrap();
                begun.prepare(&passwords, &new_password(text), soon()).unwrap()
            });
            two.finish(tx).unwrap();
            assert_eq!(conflict(one.finish(tx)), "password_changed");
        }
    });
}
