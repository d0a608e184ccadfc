//! Keys of requests: each is done once, whoever comes between.

use strongroom_repository::ops::cleanup::{self, Plan};
use strongroom_repository::platform::idempotency_keys::{Answer, Claim, Request, Slot, claim, store};
use strongroom_repository::testing::{self, TestDatabase};
use strongroom_repository::{Actor, Database, Error, Tx};
use uuid::Uuid;

const REQUEST: Request<'_> =
    Request { key: "k", method: "POST", path: "/v1/split/bills", query: "", body: b"{}" };

fn answer(body: &str) -> Answer {
    Answer { status: 201, location: Some("/here".to_owned()), etag: None, body: body.to_owned() }
}

fn free(tx: &mut Tx<'_>, request: &Request<'_>) -> Slot {
    match claim(tx, request).unwrap() {
        Claim::Free(slot) => slot,
        _ => panic!("the key is not free"),
    }
}

fn do_once(database: &Database, body: &str) -> Result<(), Error> {
    database.write("test", &Actor::system(), |tx| {
        let slot = free(tx, &REQUEST);
        store(tx, &slot, &answer(body))
    })
}

#[test]
fn an_answer_is_found_by_the_whole_request_and_nothing_else() {
    testing::check(|tx| {
        let slot = free(tx, &REQUEST);
        store(tx, &slot, &answer("{\"name\":\"Ravi\"}")).unwrap();
        let Claim::Answered(found) = claim(tx, &REQUEST).unwrap() else { panic!() };
        assert!(found == answer("{\"name\":\"Ravi\"}"));
        for other in [
            Request { method: "PATCH", ..REQUEST },
            Request { path: "/v1/split/bill", query: "s", ..REQUEST },
            Request { query: "x=1", ..REQUEST },
            Request { body: b"{} ", ..REQUEST },
        ] {
            assert!(matches!(claim(tx, &other).unwrap(), Claim::OtherRequest));
        }
        assert!(matches!(claim(tx, &Request { key: "K", ..REQUEST }).unwrap(), Claim::Free(_)));
    });
}

#[test]
fn a_key_that_is_held_is_refused_at_once_and_free_when_its_holder_failed() {
    let test = TestDatabase::new();
    let database = test.database();
    let failed: Result<(), Error> = database.write("test", &Actor::system(), |tx| {
        free(tx, &REQUEST);
        let second = database.write::<_, Error>("test", &Actor::system(), |tx| {
            Ok(matches!(claim(tx, &REQUEST)?, Claim::Running))
        });
        assert!(second.unwrap());
        // Another caller's key of the same name is another key.
        database.write::<_, Error>("test", &Actor::operator("other"), |tx| {
            drop(free(tx, &REQUEST));
            Ok(())
        })?;
        Err(Error::NotFound("anything"))
    });
    assert!(failed.is_err());
    do_once(&database, "first").unwrap();
}

/// What the lock cannot keep apart, because a statement sees what was there when it began, the constraint does; and the
/// handle runs the loser again, which then finds the answer.
#[test]
fn whoever_comes_second_to_a_key_finds_the_answer() {
    let test = TestDatabase::new();
    let database = test.database();
    let mut attempts = 0;
    let found: Result<String, Error> = database.write("test", &Actor::system(), |tx| {
        attempts += 1;
        if attempts == 1 {
            // The slot of a claim that saw nothing, of a transaction before this one.
            let slot = database.write("test", &Actor::system(), |tx| Ok::<_, Error>(free(tx, &REQUEST)))?;
            do_once(&database, "first")?;
            let stored = store(tx, &slot, &answer("second"));
            assert!(matches!(stored, Err(Error::Contention)), "{stored:?}");
            stored?;
        }
        match claim(tx, &REQUEST)? {
            Claim::Answered(answer) => Ok(answer.body),
            _ => Ok("nothing".to_owned()),
        }
    });
    assert_eq!((found.unwrap().as_str(), attempts), ("first", 2));
}

#[test]
fn end_users_have_keys_of_their_own() {
    let test = TestDatabase::new();
    let database = test.database();
    let [asha, bina] = [1, 2].map(|n| Actor::end_user("split", Uuid::from_u128(n)));
    let claims = |actor: &Actor| {
        database.write("test", actor, |tx| match claim(tx, &REQUEST)? {
            Claim::Free(slot) => store(tx, &slot, &answer(&tx.actor.to_string())).map(|()| "new".to_owned()),
            Claim::Answered(answer) => Ok(answer.body),
            _ => Err(Error::NotFound("answer")),
        })
    };
    assert_eq!(claims(&asha).unwrap(), "new");
    assert_eq!(claims(&bina).unwrap(), "new");
    assert_eq!(claims(&asha).unwrap(), asha.to_string());
}

#[test]
fn answers_go_after_a_day() {
    let test = TestDatabase::new();
    let database = test.database();
    for key in ["new", "old", "older"] {
        let stored = database.write("test", &Actor::system(), |tx| {
            let slot = free(tx, &Request { key, ..REQUEST });
            store(tx, &slot, &answer(key))
        });
        stored.unwrap();
        test.sabotage("UPDATE platform.idempotency_keys SET created_at = created_at - INTERVAL '12 hours'");
    }
    let plan = Plan { rule: Some("idempotency-keys"), ..Plan::default() };
    let cleaned = cleanup::run(&database, &Actor::system(), &plan, |_| {}).unwrap();
    assert_eq!(cleaned.iter().map(|rule| rule.rows).collect::<Vec<_>>(), [2]);
}
