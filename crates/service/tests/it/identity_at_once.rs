//! What happens when many try to log in, or to renew, at the same moment.

use std::sync::Barrier;
use std::thread;

use domain::Id;
use domain::identity::TokenScope;
use repository::platform::sessions;
use repository::testing::TestDatabase;
use repository::{Actor, Database, Tx};
use strongroom_service::identity::{Attempt, EndUser, Lifetimes, Renewal, Tokens};
use strongroom_service::{Error, Result};

const CALLERS: usize = 25;

/// Runs the same in as many transactions at once.
fn at_once<T: Send>(database: &Database, work: impl Fn(&mut Tx<'_>) -> Result<T> + Sync) -> Vec<Result<T>> {
    let start = Barrier::new(CALLERS);
    thread::scope(|scope| {
        let call = || {
            start.wait();
            database.write("test.at_once", &Actor::system(), |tx| work(tx))
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    })
}

#[test]
fn guesses_at_once_are_no_more_than_guesses_one_by_one() {
    let test = TestDatabase::new();
    let attempts = at_once(&test.database(), |tx| Attempt::begin(tx, "split", "asha", None));
    let locked =
        attempts.iter().filter(|attempt| matches!(attempt, Err(Error::TooManyAttempts { .. }))).count();
    let looked_at = attempts.iter().filter(|attempt| attempt.is_ok()).count();
    assert_eq!((looked_at, locked), (10, CALLERS - 10), "{attempts:?}");
}

#[test]
fn all_who_renew_with_one_token_at_once_get_the_same_next_one() {
    let test = TestDatabase::new();
    let database = test.database();
    let tokens = Tokens::new(database.cipher(), Lifetimes::default());
    let user = EndUser { system: "split", id: Id::<EndUser>::generate().uuid() };
    let open = |tx: &mut Tx<'_>| tokens.open(tx, user, TokenScope::Write);
    let pair = database.write("test.open", &Actor::system(), open).unwrap();
    let token = tokens.read_refresh(&pair.refresh_token).unwrap();
    let renewals = at_once(&database, |tx| tokens.renew(tx, &token));
    let renewed = renewals.iter().filter_map(|renewal| match renewal {
        Ok(Renewal::Renewed(pair)) => Some(pair.refresh_token.as_str()),
        _ => None,
    });
    let renewed: Vec<&str> = renewed.collect();
    assert_eq!(renewed.len(), CALLERS, "{renewals:?}");
    assert!(renewed.iter().all(|next| next == &renewed[0] && **next != *pair.refresh_token));
    let find = |tx: &mut Tx<'_>| Ok::<_, Error>(sessions::find(tx, pair.session.id)?);
    let (session, _) = database.write("test.find", &Actor::system(), find).unwrap().unwrap();
    assert!(session.revoked_at.is_none(), "nobody is signed out");
}
