//! Goods in bulk, as the marketplace lists them.

use chrono::{DateTime, Utc};
use domain::market::products::price;
use domain::market::{
    Condition, ConversationStatus, Count, FeedRow, NewProduct, Product, ProductChanges, ProductStatus,
};
use domain::{Currency, Text};
use repository::Tx;
use repository::testing::{self, TestDatabase};
use strongroom_service::batch::Outcome;
use strongroom_service::market::feed;
use strongroom_service::market::{conversations, products};

use crate::market_world::{commit, new_product, product, talk, wallapop};

fn row(id: &str, changes: ProductChanges) -> FeedRow {
    FeedRow { wallapop_id: wallapop(id), changes }
}

fn full() -> ProductChanges {
    ProductChanges {
        title: Some(Text::parse("Bicycle").unwrap()),
        price: Some(price("420.00").unwrap()),
        ..ProductChanges::default()
    }
}

fn store(tx: &mut Tx<'_>, rows: &[FeedRow]) -> Vec<Outcome<Product>> {
    feed::store(tx, rows).unwrap().value
}

fn code(outcome: &Outcome<Product>) -> (&str, &str) {
    match outcome {
        Outcome::Invalid(invalid) => (&invalid.violations()[0].pointer, invalid.violations()[0].code),
        other => panic!("an invalid row, not {other:?}"),
    }
}

#[test]
fn rows_are_created_updated_or_found() {
    testing::check(|tx| {
        let known = product(tx, "known");
        let same = ProductChanges { title: Some(known.title.clone()), ..ProductChanges::default() };
        let dearer = ProductChanges { price: Some(price("700").unwrap()), ..ProductChanges::default() };
        let outcomes =
            store(tx, &[row("known", same.clone()), row("new", full()), row("broken", dearer.clone())]);
        let Outcome::Created(made) = outcomes[1] else { panic!("{outcomes:?}") };
        assert_eq!(outcomes[0], Outcome::Found(known.id));
        assert_eq!(code(&outcomes[2]), ("", "missing"));
        assert_eq!(products::get(tx, known.id).unwrap(), known, "nothing was written");
        let made = products::get(tx, made).unwrap();
        assert_eq!((made.currency, made.status), (Currency::EUR, ProductStatus::Available));
        assert_eq!(made.listed_at, Some(tx.now));

        assert_eq!(store(tx, &[row("known", dearer)]), [Outcome::Updated(known.id)]);
        let changed = products::get(tx, known.id).unwrap();
        assert_eq!((changed.price.to_string().as_str(), changed.row_version), ("700.00", 2));
        assert_eq!(changed.title, known.title, "what a row does not name stays");
    });
}

#[test]
fn the_second_row_of_one_product_is_refused() {
    testing::check(|tx| {
        let outcomes = store(tx, &[row("1", full()), row("1", full()), row("2", full())]);
        assert!(matches!(outcomes[0], Outcome::Created(_)) && matches!(outcomes[2], Outcome::Created(_)));
        assert_eq!(code(&outcomes[1]), ("/wallapop_id", "duplicate_in_batch"));
    });
}

#[test]
fn what_is_sold_by_the_feed_has_its_conversations_cancelled() {
    testing::check(|tx| {
        let (item, _, chat) = talk(tx, "1");
        let sold = ProductChanges { status: Some(ProductStatus::Sold), ..ProductChanges::default() };
        let changed = feed::store(tx, &[row("p-1", sold.clone())]).unwrap();
        assert_eq!(changed.value, [Outcome::Updated(item.id)]);
        assert!(changed.stale.state_keys().any(|key| key == "c-1"));
        let cancelled = conversations::get(tx, chat.id).unwrap();
        assert_eq!(cancelled.status, ConversationStatus::Cancelled);
        assert_eq!(store(tx, &[row("p-1", sold)]), [Outcome::Found(item.id)]);
        assert_eq!(code(&store(tx, &[row("p-1", full())])[0]), ("", "product_sold"));
    });
}

#[test]
fn a_deleted_product_is_not_the_one_that_the_feed_means() {
    testing::check(|tx| {
        let old = product(tx, "1");
        products::delete(tx, old.id, None).unwrap();
        let outcomes = store(tx, &[row("1", full())]);
        assert!(matches!(outcomes[0], Outcome::Created(id) if id != old.id), "{outcomes:?}");
    });
}

#[test]
fn a_thousand_rows_take_one_statement() {
    let test = TestDatabase::new();
    commit(&test.database(), |tx| {
        let rows: Vec<_> = (0..1_000).map(|n| row(&n.to_string(), full())).collect();
        let made = testing::statements(|| {
            let outcomes = store(tx, &rows);
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Created(_))));
        });
        let found = testing::statements(|| {
            let outcomes = store(tx, &rows);
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Found(_))));
        });
        assert_eq!((made.len(), found.len()), (1, 1));
    });
}

/// Every change that differs in kind, on every product that does.
#[test]
fn the_feed_decides_as_a_single_change_does() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let yen = Currency::parse("JPY").unwrap();
    let text = || Some(Text::parse("books").unwrap());
    let none = ProductChanges::default;
    let changes = [
        none(),
        ProductChanges { title: Some(Text::parse("Other").unwrap()), ..none() },
        ProductChanges { description: Some(None), ..none() },
        ProductChanges { description: Some(Some(Text::parse("As new").unwrap())), ..none() },
        ProductChanges { price: Some(price("10.50").unwrap()), ..none() },
        ProductChanges { price: Some(price("10").unwrap()), currency: Some(yen), ..none() },
        ProductChanges { currency: Some(yen), ..none() },
        ProductChanges { status: Some(ProductStatus::Available), ..none() },
        ProductChanges { status: Some(ProductStatus::Reserved), ..none() },
        ProductChanges { status: Some(ProductStatus::Sold), ..none() },
        ProductChanges { status: Some(ProductStatus::Inactive), ..none() },
        ProductChanges { category: Some(Some(Text::parse("books").unwrap())), ..none() },
        ProductChanges { category: Some(None), location: Some(None), condition: Some(None), ..none() },
        ProductChanges { location: Some(text()), condition: Some(Some(Condition::Good)), ..none() },
        ProductChanges { views_count: Some(Count::new(9).unwrap()), ..none() },
        ProductChanges { favorites_count: Some(Count::new(9).unwrap()), ..none() },
        ProductChanges { listed_at: Some(at("2026-03-01T10:00:00.123456Z")), ..none() },
    ];
    let given = |id: &str| {
        let status = ProductStatus::ALL.iter().map(|&status| NewProduct { status, ..new_product(id) });
        let yen = NewProduct { price: price("500").unwrap(), currency: yen, ..new_product(id) };
        let known = NewProduct {
            category: text(),
            location: text(),
            condition: Some(Condition::Good),
            description: Some(Text::parse("As new").unwrap()),
            ..new_product(id)
        };
        status.chain([yen, known]).collect::<Vec<_>>()
    };
    let without_identity = |product: Product| Product {
        id: domain::Id::from_uuid(uuid::Uuid::nil()),
        wallapop_id: wallapop("any"),
        ..product
    };
    testing::check(|tx| {
        for (n, (one, fed)) in given("one").into_iter().zip(given("fed")).enumerate() {
            for (m, change) in changes.iter().enumerate() {
                let (id, other) = (format!("one-{n}-{m}"), format!("fed-{n}-{m}"));
                let one = NewProduct { wallapop_id: wallapop(&id), ..one.clone() };
                let fed = NewProduct { wallapop_id: wallapop(&other), ..fed.clone() };
                let (one, fed) = (products::create(tx, one).unwrap(), products::create(tx, fed).unwrap());
                let single = products::update(tx, one.id, None, change.clone());
                let outcome = store(tx, &[row(&other, change.clone())]).remove(0);
                let after = without_identity(products::get(tx, fed.id).unwrap());
                match single {
                    Ok(changed) => {
                        assert_eq!(without_identity(changed.value.clone()), after, "{change:?} of {:?}", one);
                        let is_same = changed.value.row_version == one.row_version;
                        let expected =
                            if is_same { Outcome::Found(fed.id) } else { Outcome::Updated(fed.id) };
                        assert_eq!(outcome, expected, "{change:?} of {one:?}");
                    }
                    Err(_) => {
                        assert!(matches!(outcome, Outcome::Invalid(_)), "{change:?} of {one:?}: {outcome:?}");
                        assert_eq!(after, without_identity(fed));
                    }
                }
            }
        }
    });
}
