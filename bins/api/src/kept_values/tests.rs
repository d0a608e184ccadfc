//! Redis and its stand-in answer alike: one suite for both.

use actix_web::rt;
use runtime::settings::{RedisSettings, Secret};
use strongroom_tests::Redis as Server;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn name(text: &str) -> Name {
    Name::from(text)
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// What is found, and for how long in whole minutes, rounded.
async fn look(store: &impl Store, key: &str) -> Option<(Bytes, u64)> {
    let found = store.get(&name(key)).await.expect("an answer");
    found.map(|found| (found.value, (found.rest.as_secs() + 30) / 60))
}

async fn keeps_values(store: &impl Store) {
    assert_eq!(look(store, "a").await, None);
    store.set(&name("a"), bytes("1"), 5 * MINUTE).await.unwrap();
    store.set(&name("b"), bytes("\0\u{ff}"), MINUTE).await.unwrap();
    assert_eq!(look(store, "a").await, Some((bytes("1"), 5)));
    assert_eq!(look(store, "b").await, Some((bytes("\0\u{ff}"), 1)));
    store.set(&name("a"), bytes("2"), MINUTE).await.unwrap();
    assert_eq!(look(store, "a").await, Some((bytes("2"), 1)), "another value has a time of its own");

    let extended = store.extend(&name("a"), 9 * MINUTE).await.unwrap().unwrap();
    assert_eq!((extended.value, look(store, "a").await.unwrap().1), (bytes("2"), 9));
    assert_eq!(store.extend(&name("none"), MINUTE).await, Some(None));
    assert_eq!(look(store, "none").await, None, "what is not there is not made");

    let rest = store.replace(&name("a"), bytes("3"), MINUTE).await.unwrap();
    assert_eq!((rest.as_secs() + 30) / 60, 9, "what takes its place has the time that is left");
    assert_eq!(look(store, "a").await, Some((bytes("3"), 9)));
    assert_eq!(store.replace(&name("new"), bytes("4"), MINUTE).await, Some(MINUTE));
    assert_eq!(look(store, "new").await, Some((bytes("4"), 1)));

    let names = ["a", "b", "none"].map(name);
    assert_eq!(store.delete(&names).await, Some(2));
    assert_eq!((look(store, "a").await, look(store, "b").await), (None, None));

    store.set(&name("a"), bytes("1"), Duration::from_millis(1)).await.unwrap();
    let gone = async || while look(store, "a").await.is_some() {};
    gone().await;
}

async fn swaps_what_was_seen(store: &impl Store) {
    let (first, second) = (bytes("1"), bytes("2"));
    let swap = async |old: Option<&Bytes>, new: &Bytes| {
        store.swap(&name("s"), old, new.clone(), 3 * MINUTE).await.expect("an answer")
    };
    assert!(!swap(Some(&first), &second).await, "there is none");
    assert!(swap(None, &first).await);
    assert!(!swap(None, &second).await, "there is one by now");
    assert!(!swap(Some(&second), &second).await, "another one is there");
    assert_eq!(look(store, "s").await, Some((first.clone(), 3)));
    store.set(&name("s"), first.clone(), MINUTE).await.unwrap();
    assert!(swap(Some(&first), &second).await);
    assert_eq!(look(store, "s").await, Some((second, 3)), "and lasts anew");
}

fn redis_at(server: &Server) -> Arc<Redis> {
    let settings = RedisSettings { url: Secret::new(server.url()), timeout: Duration::from_secs(5) };
    Arc::new(Redis::new(&settings).unwrap())
}

#[actix_web::test]
async fn a_process_keeps_values() {
    let store = InProcess::default();
    keeps_values(&store).await;
    swaps_what_was_seen(&store).await;
}

#[actix_web::test]
async fn redis_keeps_values() {
    let server = Server::start();
    let redis = redis_at(&server);
    let store = InRedis::new(Arc::clone(&redis));
    let database = repository::testing::TestDatabase::new().database();
    let values = KeptValues::new(database, Some(Arc::clone(&redis)));
    rt::spawn({
        let redis = Arc::clone(&redis);
        async move { redis.keep_connected(&values).await }
    });
    redis.tried().await;
    keeps_values(&store).await;
    swaps_what_was_seen(&store).await;
}

#[actix_web::test]
async fn a_process_keeps_so_much_and_forgets_the_rest() {
    let store = InProcess::default();
    let large = Bytes::from(vec![0; 64 * 1024]);
    for n in 0..400 {
        store.set(&name(&n.to_string()), large.clone(), MINUTE).await.unwrap();
    }
    assert!(look(&store, "399").await.is_some(), "the newest is there");
    assert_eq!(look(&store, "0").await, None);
}
