//! Exporters: registered by themselves, or made by a program.

use std::time::{Duration, Instant};

use domain::export::PASSWORD_RULES;
use domain::identity::{NewPassword, Password};
use repository::{Error as RepositoryError, Tx, testing};
use strongroom_service::export::{user_metrics, users};
use strongroom_service::identity::{Attempt, Cost, EndUser, FirstPassword, PasswordReset, Passwords};
use strongroom_service::{Error, Result};

use crate::export_fixtures::{email, new_user};
use crate::fixtures::{conflict, violation};

const PASSWORD: &str = "Turmeric to Hamburg 7";

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn passwords() -> Passwords {
    Passwords::new(Cost { memory: 64, passes: 1, lanes: 1 }).unwrap()
}

fn new_password(text: &str) -> NewPassword {
    NewPassword::parse(text, &PASSWORD_RULES).unwrap()
}

/// What a handler does, but for the transactions that it has around the first and the last step.
fn log_in(tx: &mut Tx<'_>, passwords: &Passwords, address: &str) -> Result<EndUser> {
    let name = email(address);
    let user = users::find_id_by_email(tx, &name)?.map(domain::Id::uuid);
    let attempt = Attempt::begin(tx, "export", &name.index_form(), user)?;
    attempt.check(passwords, &Password::parse(PASSWORD).unwrap(), soon())?.finish(tx)
}

#[test]
fn who_registers_has_a_password_and_counts() {
    testing::check(|tx| {
        let passwords = passwords();
        let first = FirstPassword::prepare(&passwords, &new_password(PASSWORD), soon()).unwrap();
        let user = users::register(tx, new_user("a.sen@x.example")).unwrap();
        let end_user = EndUser { system: "export", id: user.id.uuid() };
        first.store(tx, end_user).unwrap();
        assert_eq!(user_metrics::get(tx, user.id).unwrap().reports_generated, 0);
        assert_eq!(log_in(tx, &passwords, "A.SEN@x.example").unwrap(), end_user);
        assert_eq!(conflict(first.store(tx, end_user)), "password_changed", "a first password is the first");
        let again = PasswordReset::begin(tx, end_user).unwrap();
        let refused = again.prepare(&passwords, &new_password(PASSWORD), soon());
        assert_eq!(violation(refused), ("/new_password".into(), "password_used_before"), "it is remembered");
        users::delete(tx, user.id, None).unwrap();
        assert!(matches!(log_in(tx, &passwords, "a.sen@x.example"), Err(Error::Unauthenticated(_))));
    });
}

#[test]
fn a_taken_address_names_its_owner_to_programs_alone() {
    testing::check(|tx| {
        let user = users::create(tx, new_user("a.sen@x.example")).unwrap();
        let taken = |outcome: Result<_>| match outcome {
            Err(Error::Repository(RepositoryError::Conflict { existing, .. })) => existing,
            other => panic!("a conflict, not {other:?}"),
        };
        assert_eq!(taken(users::create(tx, new_user("A.Sen@x.example"))), Some(user.id.uuid()));
        assert_eq!(taken(users::register(tx, new_user("A.Sen@x.example"))), None);
        assert_eq!(users::get_by_email(tx, &user.email).unwrap(), user);
    });
}
