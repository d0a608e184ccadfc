//! Goods for sale, one by one.

use domain::market::products::price;
use domain::market::{
    AddedCounts, ConversationStatus, Count, NewProduct, ProductChanges, ProductFilter, ProductStatus,
};
use domain::{Currency, Limit, PageRequest, Text};
use repository::{Error as RepositoryError, testing};
use strongroom_service::Error;
use strongroom_service::market::{conversations, products};

use crate::fixtures::{conflict, violation, violations};
use crate::market_world::{new_product, product, talk, wallapop};

fn to(status: ProductStatus) -> ProductChanges {
    ProductChanges { status: Some(status), ..ProductChanges::default() }
}

#[test]
fn a_new_product_has_its_defaults_and_is_listed_now() {
    testing::check(|tx| {
        let made = product(tx, "12345");
        assert_eq!((made.price.to_string().as_str(), made.currency), ("650.00", Currency::EUR));
        assert_eq!((made.status, made.listed_at), (ProductStatus::Available, Some(tx.now)));
        assert_eq!(products::get(tx, made.id).unwrap(), made);
        assert_eq!(products::get_by_wallapop_id(tx, &wallapop("12345")).unwrap(), made);
        let hidden =
            products::create(tx, NewProduct { status: ProductStatus::Inactive, ..new_product("6") }).unwrap();
        assert_eq!(hidden.listed_at, None);
        let sold =
            products::create(tx, NewProduct { status: ProductStatus::Sold, ..new_product("7") }).unwrap();
        assert_eq!((sold.sold_at, sold.listed_at), (Some(tx.now), None));
    });
}

#[test]
fn an_id_of_the_marketplaces_is_taken_by_a_living_product_only() {
    testing::check(|tx| {
        let first = product(tx, "12345");
        let taken = |outcome: Result<_, Error>| match outcome {
            Err(Error::Repository(RepositoryError::Conflict { existing, .. })) => existing,
            other => panic!("a conflict, not {other:?}"),
        };
        assert_eq!(taken(products::create(tx, new_product("12345"))), Some(first.id.uuid()));
        let other = product(tx, "6");
        let rename = ProductChanges { wallapop_id: Some(wallapop("12345")), ..ProductChanges::default() };
        let renamed = products::update(tx, other.id, None, rename).map(|changed| changed.value);
        assert_eq!(taken(renamed), Some(first.id.uuid()));

        products::delete(tx, first.id, Some(first.row_version)).unwrap();
        assert!(products::get(tx, first.id).is_err());
        let second = product(tx, "12345");
        let restored = products::restore(tx, first.id);
        assert!(
            matches!(&restored, Err(RepositoryError::RestoreConflict { existing, .. })
                     if *existing == second.id.uuid()),
            "{restored:?}"
        );
        products::delete(tx, second.id, None).unwrap();
        assert_eq!(products::restore(tx, first.id).unwrap().wallapop_id, first.wallapop_id);
    });
}

#[test]
fn a_sale_is_final_and_cancels_what_is_active() {
    testing::check(|tx| {
        let (item, _, chat) = talk(tx, "1");
        let sold = products::update(tx, item.id, Some(1), to(ProductStatus::Sold)).unwrap();
        assert_eq!((sold.value.sold_at, sold.value.row_version), (Some(tx.now), 2));
        let cancelled = conversations::get(tx, chat.id).unwrap();
        assert_eq!(cancelled.status, ConversationStatus::Cancelled);
        assert_eq!(cancelled.closed_reason.map(|reason| reason.as_str()), Some("sold_to_other"));
        let states: Vec<_> = sold.stale.state_keys().collect();
        assert_eq!(states, [chat.id.to_string(), "c-1".to_owned()]);
        assert!(sold.stale.cache_keys().any(|key| key == "product:p-1"));

        let again = products::update(tx, item.id, None, to(ProductStatus::Sold)).unwrap().value;
        assert_eq!(again, sold.value, "nothing differs, and nothing is written");
        let renamed =
            ProductChanges { title: Some(Text::parse("Other").unwrap()), ..ProductChanges::default() };
        let outcome = products::update(tx, item.id, None, renamed).map(|changed| changed.value);
        assert_eq!(conflict(outcome), "product_sold");
        let outcome = products::update(tx, item.id, None, to(ProductStatus::Available));
        assert_eq!(conflict(outcome.map(|changed| changed.value)), "product_sold");
        let added = products::add_counts(tx, item.id, AddedCounts::new(5, 1).unwrap()).unwrap().value;
        assert_eq!((added.views_count.get(), added.favorites_count.get()), (5, 1));
    });
}

#[test]
fn a_change_names_its_version() {
    testing::check(|tx| {
        let item = product(tx, "1");
        let dearer = ProductChanges { price: Some(price("700").unwrap()), ..ProductChanges::default() };
        let changed = products::update(tx, item.id, Some(1), dearer.clone()).unwrap().value;
        assert_eq!((changed.price.to_string().as_str(), changed.row_version), ("700.00", 2));
        let stale = products::update(tx, item.id, Some(1), dearer).map(|changed| changed.value);
        assert!(
            matches!(stale, Err(Error::Repository(RepositoryError::StaleVersion { current: 2 }))),
            "{stale:?}"
        );
        let cleared = ProductChanges { description: Some(None), ..ProductChanges::default() };
        assert_eq!(products::update(tx, item.id, None, cleared).unwrap().value.row_version, 2);
    });
}

#[test]
fn a_price_fits_its_currency() {
    testing::check(|tx| {
        let yen = Currency::parse("JPY").unwrap();
        let odd = NewProduct { price: price("10.50").unwrap(), currency: yen, ..new_product("1") };
        assert_eq!(violation(products::create(tx, odd)), ("/price".to_owned(), "too_many_decimals"));
        let item =
            products::create(tx, NewProduct { price: price("10.50").unwrap(), ..new_product("1") }).unwrap();
        let to_yen = ProductChanges { currency: Some(yen), ..ProductChanges::default() };
        let outcome = products::update(tx, item.id, None, to_yen).map(|changed| changed.value);
        assert_eq!(violation(outcome).1, "too_many_decimals");
    });
}

#[test]
fn counters_stay_within_what_the_column_holds() {
    testing::check(|tx| {
        let full = Count::new(i32::MAX.into()).unwrap();
        let item = products::create(tx, NewProduct { views_count: full, ..new_product("1") }).unwrap();
        let add = |tx: &mut repository::Tx<'_>, views, favorites| {
            let added = AddedCounts::new(views, favorites).unwrap();
            products::add_counts(tx, item.id, added).map(|changed| changed.value)
        };
        assert_eq!(violation(add(tx, 1, 0)), ("/views".to_owned(), "out_of_range"));
        assert_eq!(violation(add(tx, 0, -1)), ("/favorites".to_owned(), "out_of_range"));
        let refused = violations(add(tx, 1, -1));
        assert_eq!(
            refused,
            [("/views".to_owned(), "out_of_range"), ("/favorites".to_owned(), "out_of_range")]
        );
        let stored = add(tx, 0, 2).unwrap();
        assert_eq!((stored.views_count.get(), stored.favorites_count.get()), (i32::MAX, 2));
        assert_eq!(add(tx, 0, -2).unwrap().favorites_count.get(), 0);
    });
}

#[test]
fn lists_are_filtered_and_newest_first() {
    testing::check(|tx| {
        let with = |id: &str, asked: &str, category: Option<&str>| NewProduct {
            price: price(asked).unwrap(),
            category: category.map(|category| Text::parse(category).unwrap()),
            ..new_product(id)
        };
        let cheap = products::create(tx, with("1", "10", Some("books"))).unwrap().id;
        let dear = products::create(tx, with("2", "99.99", Some("books"))).unwrap().id;
        let other = products::create(tx, with("3", "50", None)).unwrap().id;
        products::update(tx, other, None, to(ProductStatus::Reserved)).unwrap();
        let mut list = |filter: ProductFilter| -> Vec<_> {
            let page = products::list(tx, &filter, PageRequest::default()).unwrap();
            page.items.into_iter().map(|product| product.id).collect()
        };
        assert_eq!(list(ProductFilter::default()), [other, dear, cheap]);
        let category = Some(Text::parse("books").unwrap());
        assert_eq!(list(ProductFilter { category, ..ProductFilter::default() }), [dear, cheap]);
        let status = Some(ProductStatus::Reserved);
        assert_eq!(list(ProductFilter { status, ..ProductFilter::default() }), [other]);
        let (min_price, max_price) = (Some(price("10").unwrap()), Some(price("50").unwrap()));
        assert_eq!(list(ProductFilter { min_price, max_price, ..ProductFilter::default() }), [other, cheap]);

        let first = PageRequest { limit: Limit::new(2).unwrap(), after: None };
        let page = products::list(tx, &ProductFilter::default(), first).unwrap();
        let second = PageRequest { after: page.next, ..first };
        let rest = products::list(tx, &ProductFilter::default(), second).unwrap();
        assert_eq!((rest.items.len(), rest.items[0].id, rest.next), (1, cheap, None));
    });
}
