//! Sessions and their tokens.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Id;
use domain::identity::TokenScope;
use domain::split::UserChanges;
use repository::platform::sessions::{self, Session};
use repository::{Tx, testing};
use serde_json::{Value, json};
use strongroom_service::Error;
use strongroom_service::identity::{Lifetimes, Renewal, TokenPair, Tokens};
use strongroom_service::split::tokens::{self, end_user};
use strongroom_service::split::users;

use crate::fixtures::asha;

fn tokens_of(tx: &Tx<'_>) -> Tokens {
    Tokens::new(tx.cipher(), Lifetimes::default())
}

fn find(tx: &mut Tx<'_>, id: Id<Session>) -> (Session, DateTime<Utc>) {
    sessions::find(tx, id).unwrap().unwrap()
}

/// What a request with this access token would be let in by.
fn holds(tx: &mut Tx<'_>, text: &str, after: TimeDelta) -> bool {
    let Some(claims) = tokens_of(tx).read_access(text) else { return false };
    let (session, now) = find(tx, claims.session());
    claims.holds(&session, now + after)
}

fn renew(tx: &mut Tx<'_>, refresh: &str) -> Option<TokenPair> {
    let tokens = tokens_of(tx);
    let token = tokens.read_refresh(refresh).unwrap();
    match tokens.renew(tx, &token).unwrap() {
        Renewal::Renewed(pair) => Some(pair),
        Renewal::Refused => None,
    }
}

/// Lets every renewal have happened so much longer ago.
fn age_renewals(tx: &mut Tx<'_>, seconds: u32) {
    testing::execute(
        tx,
        &format!(
            "UPDATE platform.sessions SET renewals = ARRAY(
                 SELECT at - make_interval(secs => {seconds})
                   FROM unnest(renewals) WITH ORDINALITY AS r (at, nth) ORDER BY nth)"
        ),
    );
}

#[test]
fn an_access_token_holds_for_a_quarter_of_an_hour_of_the_databases_time() {
    testing::check(|tx| {
        let asha = asha(tx);
        let pair = tokens::open(tx, &tokens_of(tx), asha.id, TokenScope::Read).unwrap();
        assert_eq!(pair.access_expires_at, tx.now + TimeDelta::minutes(15));
        assert_eq!((pair.session.system.as_str(), pair.session.user_id), ("split", asha.id.uuid()));
        assert!(holds(tx, &pair.access_token, TimeDelta::zero()));
        assert!(holds(tx, &pair.access_token, TimeDelta::minutes(14)));
        assert!(!holds(tx, &pair.access_token, TimeDelta::minutes(15)));
    });
}

#[test]
fn a_token_that_says_anything_else_than_its_session_does_not_hold() {
    testing::check(|tx| {
        let asha = asha(tx);
        let pair = tokens::open(tx, &tokens_of(tx), asha.id, TokenScope::Read).unwrap();
        let jws = tx.cipher().jws("access token");
        let claims: Value = serde_json::from_slice(&jws.open(&pair.access_token).unwrap()).unwrap();
        let with = |name: &str, value: Value| {
            let mut changed = claims.clone();
            changed[name] = value;
            jws.sign(changed.to_string().as_bytes())
        };
        let without = |name: &str| {
            let mut changed = claims.clone();
            changed.as_object_mut().unwrap().remove(name);
            jws.sign(changed.to_string().as_bytes())
        };
        assert!(holds(tx, &with("jti", json!(Id::<Session>::generate())), TimeDelta::zero()));
        let past = tx.now.timestamp() - 1;
        for wrong in [
            with("iss", json!("somebody else")),
            with("aud", json!("export")),
            with("sub", json!(Id::<Session>::generate())),
            with("scope", json!("write")),
            with("scope", json!("admin")),
            with("exp", json!(past)),
            with("exp", json!("never")),
            with("iat", json!(tx.now.timestamp() + 3600)),
            with("nbf", json!(past)),
            without("exp"),
            without("aud"),
            without("iss"),
            without("sid"),
            jws.sign(b""),
            jws.sign(b"[]"),
        ] {
            assert!(!holds(tx, &wrong, TimeDelta::zero()), "{wrong}");
        }
    });
}

#[test]
fn keys_of_another_purpose_sign_no_access_token() {
    testing::check(|tx| {
        let asha = asha(tx);
        let pair = tokens::open(tx, &tokens_of(tx), asha.id, TokenScope::Read).unwrap();
        let claims = tx.cipher().jws("access token").open(&pair.access_token).unwrap();
        assert!(!holds(tx, &tx.cipher().jws("invitation").sign(&claims), TimeDelta::zero()));
    });
}

#[test]
fn a_refresh_token_that_comes_again_within_half_a_minute_brings_the_latest_one() {
    testing::check(|tx| {
        let asha = asha(tx);
        let first = tokens::open(tx, &tokens_of(tx), asha.id, TokenScope::Write).unwrap();
        let second = renew(tx, &first.refresh_token).unwrap();
        let third = renew(tx, &second.refresh_token).unwrap();
        assert_eq!((third.session.id, third.session.scope), (first.session.id, TokenScope::Write));
        assert_eq!(third.session.expires_at, first.session.expires_at, "renewing does not prolong a session");

        for used_before in [&first, &second] {
            let again = renew(tx, &used_before.refresh_token).unwrap();
            assert_eq!(*again.refresh_token, *third.refresh_token);
            assert!(holds(tx, &again.access_token, TimeDelta::zero()));
        }
        assert!(renew(tx, &third.refresh_token).is_some());
    });
}

#[test]
fn a_refresh_token_that_comes_again_later_ends_the_session() {
    testing::check(|tx| {
        let asha = asha(tx);
        let first = tokens::open(tx, &tokens_of(tx), asha.id, TokenScope::Write).unwrap();
        let second = renew(tx, &first.refresh_token).unwrap();
        age_renewals(tx, 20);
        let third = renew(tx, &second.refresh_token).unwrap();
        age_renewals(tx, 10);
        assert!(renew(tx, &first.refresh_token).is_some(), "half a minute after its first use");
        age_renewals(tx, 1);
        assert!(renew(tx, &second.refresh_token).is_some(), "11 s after its first use");
        assert!(renew(tx, &first.refresh_token).is_none(), "31 s after its first use");
        assert!(renew(tx, &third.refresh_token).is_none());
        assert!(renew(tx, &second.refresh_token).is_none());
        assert!(!holds(tx, &third.access_token, TimeDelta::zero()));
    });
}

#[test]
fn of_many_renewals_at_once_the_last_ones_are_remembered() {
    testing::check(|tx| {
        let asha = asha(tx);
        let mut pairs = vec![tokens::open(tx, &tokens_of(tx), asha.id, TokenScope::Write).unwrap()];
        for n in 0..=sessions::RENEWALS_KEPT {
            let next = renew(tx, &pairs[n].refresh_token).unwrap();
            pairs.push(next);
        }
        assert!(renew(tx, &pairs[1].refresh_token).is_some());
        assert!(renew(tx, &pairs[0].refresh_token).is_none());
    });
}

#[test]
fn a_text_that_was_not_made_here_is_no_refresh_token_and_ends_nothing() {
    testing::check(|tx| {
        let asha = asha(tx);
        let pair = tokens::open(tx, &tokens_of(tx), asha.id, TokenScope::Write).unwrap();
        let (rest, last) = pair.refresh_token.split_at(pair.refresh_token.len() - 1);
        let changed = format!("{rest}{}", if last == "A" { "Q" } else { "A" });
        let tokens = tokens_of(tx);
        for wrong in ["", "srr_", &changed, &pair.access_token] {
            assert!(matches!(tokens.read_refresh(wrong), Err(Error::Unauthenticated(_))), "{wrong}");
        }
        assert!(tokens.read_access(&pair.refresh_token).is_none());
        assert!(renew(tx, &pair.refresh_token).is_some());
    });
}

#[test]
fn an_expired_session_is_not_renewed() {
    testing::check(|tx| {
        let asha = asha(tx);
        let lifetimes = Lifetimes { session: TimeDelta::zero(), ..Lifetimes::default() };
        let tokens = Tokens::new(tx.cipher(), lifetimes);
        let pair = tokens::open(tx, &tokens, asha.id, TokenScope::Write).unwrap();
        assert_eq!(pair.access_expires_at, tx.now, "an access token does not outlive its session");
        assert!(!holds(tx, &pair.access_token, TimeDelta::zero()));
        assert!(renew(tx, &pair.refresh_token).is_none());
    });
}

#[test]
fn revoking_ends_one_session_or_all_of_a_user() {
    testing::check(|tx| {
        let asha = asha(tx);
        let tokens = tokens_of(tx);
        let pairs = [(); 3].map(|()| tokens::open(tx, &tokens, asha.id, TokenScope::Write).unwrap());
        let alive =
            |tx: &mut Tx<'_>| pairs.each_ref().map(|pair| holds(tx, &pair.access_token, TimeDelta::zero()));
        let token = tokens.read_refresh(&pairs[0].refresh_token).unwrap();
        tokens.revoke(tx, &token).unwrap();
        assert_eq!(alive(tx), [false, true, true]);
        tokens.revoke(tx, &token).unwrap();
        tokens::revoke_all(tx, &tokens, asha.id).unwrap();
        assert_eq!(alive(tx), [false; 3]);
        assert_eq!(tokens.revoke_all(tx, end_user(asha.id)).unwrap(), 0);
    });
}

#[test]
fn whoever_goes_takes_sessions_along() {
    testing::check(|tx| {
        let asha = asha(tx);
        let tokens = tokens_of(tx);
        let pair = tokens::open(tx, &tokens, asha.id, TokenScope::Write).unwrap();
        users::update(tx, asha.id, None, UserChanges::default()).unwrap();
        assert!(holds(tx, &pair.access_token, TimeDelta::zero()));
        users::delete(tx, asha.id, None).unwrap();
        assert!(!holds(tx, &pair.access_token, TimeDelta::zero()));
        let refused = tokens::open(tx, &tokens, asha.id, TokenScope::Write);
        assert!(
            matches!(refused, Err(Error::Repository(repository::Error::NotFound("user")))),
            "{refused:?}"
        );
        users::restore(tx, asha.id).unwrap();
        assert!(!holds(tx, &pair.access_token, TimeDelta::zero()), "what was revoked stays so");
        users::erase(tx, asha.id, None).unwrap();
        assert_eq!(sessions::find(tx, pair.session.id).unwrap(), None);
    });
}
