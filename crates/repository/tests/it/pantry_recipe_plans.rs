//! No list, filter, search or figure over receipts, recipes and meals reads a large table as a whole, whoever asks.

use strongroom_repository::domain::day::DayRange;
use strongroom_repository::domain::pantry::{
    Dish, MealPlanChanges, ReceiptFilter, RecipeFilter, SuggestionRequest, User,
};
use strongroom_repository::domain::text::SearchWords;
use strongroom_repository::domain::{Day, DayPosition, Folded, Id, PageRequest, Tags, Whole};
use strongroom_repository::pantry::{
    meal_plans, products, receipt_items, receipt_lists, receipts, recipes, shopping_lists, spending,
    stocking, suggestions,
};
use strongroom_repository::testing::{TestDatabase, scanned_tables};
use strongroom_repository::{Actor, Error, Tx};
use uuid::Uuid;

use crate::pantry_world::{new_plan, new_receipt};

/// A hundred households with a hundred receipts of five lines each, fifty products and rows and a meal on each of fifty days;
/// ten thousand products and five thousand recipes of eight.
const MANY: &str = "
    SET session_replication_role = replica;
    CREATE FUNCTION pg_temp.key(kind INTEGER, n INTEGER) RETURNS uuid LANGUAGE sql AS
        $$ SELECT format('%s-0000-0000-0000-%s', lpad(kind::text, 8, '0'), lpad(n::text, 12, '0'))::uuid $$;
    CREATE FUNCTION pg_temp.sealed() RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x01'::bytea || sha256('') $$;
    INSERT INTO pantry.users (id, username, username_bidx, email, email_bidx)
    SELECT pg_temp.key(0, n), pg_temp.sealed(), sha256(n::text::bytea), pg_temp.sealed(), sha256(n::text::bytea)
      FROM generate_series(0, 99) n;
    INSERT INTO pantry.products (id, user_id, name, name_key)
    SELECT pg_temp.key(2, n), CASE WHEN n < 5000 THEN pg_temp.key(0, n / 50) END, 'Product ' || n, 'product ' || n
      FROM generate_series(0, 14999) n;
    INSERT INTO pantry.pantry_items (id, user_id, product_id, quantity, expiry_date)
    SELECT pg_temp.key(3, n), pg_temp.key(0, n / 50), pg_temp.key(2, 5000 + n * 2), 1, '2026-11-01'::date + n % 60
      FROM generate_series(0, 4999) n;
    INSERT INTO pantry.receipts (id, user_id, store_name, store_key, total_amount, purchase_date)
    SELECT pg_temp.key(6, n), pg_temp.key(0, n / 100), 'Lidl', 'lidl', 1, CASE WHEN n % 10 > 0 THEN '2026-01-01'::date + n % 100 END
      FROM generate_series(0, 9999) n;
    INSERT INTO pantry.receipt_items (id, receipt_id, product_id, product_name, total_price)
    SELECT pg_temp.key(7, n), pg_temp.key(6, n / 5), CASE WHEN n % 2 = 0 THEN pg_temp.key(2, 5000 + n % 10000) END, 'Item ' || n, 1
      FROM generate_series(0, 49999) n;
    INSERT INTO pantry.recipes (id, title, cooking_time, tags, search, product_count)
    SELECT pg_temp.key(8, n), 'Recipe ' || n, 1 + n % 100, ARRAY['tag' || n % 100], array_to_tsvector(ARRAY['word' || n]), 8
      FROM generate_series(0, 4999) n;
    INSERT INTO pantry.recipe_ingredients (id, recipe_id, product_id, quantity)
    SELECT pg_temp.key(9, n), pg_temp.key(8, n / 8), pg_temp.key(2, 5000 + n * 7 % 10000), 1 FROM generate_series(0, 39999) n;
    INSERT INTO pantry.meal_plans (id, user_id, plan_date, recipe_id)
    SELECT pg_temp.key(10, n), pg_temp.key(0, n / 50), '2026-11-01'::date + n % 50, pg_temp.key(8, n) FROM generate_series(0, 4999) n;
    INSERT INTO pantry.meal_plan_items (id, meal_plan_id, product_id)
    SELECT pg_temp.key(11, n), pg_temp.key(10, n), pg_temp.key(2, 5000 + n) FROM generate_series(0, 4999) n;
    RESET session_replication_role;
    ANALYZE";

const LARGE: [&str; 7] = [
    "pantry.receipts",
    "pantry.receipt_items",
    "pantry.pantry_items",
    "pantry.products",
    "pantry.recipe_ingredients",
    "pantry.meal_plans",
    "pantry.meal_plan_items",
];

fn key<T>(kind: u128, n: u128) -> Id<T> {
    // The digits stand as they are written: as decimals.
    Id::from_uuid(Uuid::parse_str(&format!("{kind:08}-0000-0000-0000-{n:012}")).unwrap())
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn days(first: &str, last: &str) -> DayRange {
    DayRange::new(day(first), day(last)).unwrap()
}

fn year() -> DayRange {
    days("2026-01-01", "2026-12-31")
}

fn list(tx: &mut Tx<'_>, user: Id<User>, filter: &ReceiptFilter, after: Option<DayPosition>) {
    let page = PageRequest { after, ..PageRequest::default() };
    receipt_lists::for_user(tx, user, filter, page).unwrap();
}

fn find(tx: &mut Tx<'_>, filter: &RecipeFilter) {
    recipes::list(tx, filter, PageRequest::default()).unwrap();
}

type Question = fn(&mut Tx<'_>, Id<User>);

const QUESTIONS: &[(&str, Question)] = &[
    ("a receipt", |tx, _| drop(receipts::get(tx, key(6, 701)).unwrap())),
    ("receipts", |tx, user| list(tx, user, &ReceiptFilter::default(), None)),
    ("receipts from the middle on", |tx, user| {
        list(
            tx,
            user,
            &ReceiptFilter::default(),
            Some(DayPosition { day: Some(day("2026-02-01")), id: Uuid::max() }),
        );
    }),
    ("receipts without a day", |tx, user| {
        list(tx, user, &ReceiptFilter::default(), Some(DayPosition { day: None, id: Uuid::max() }));
    }),
    ("receipts of a shop and some days", |tx, user| {
        let (start, end) = (Some(day("2026-01-05")), Some(day("2026-02-01")));
        list(tx, user, &ReceiptFilter { start, end, store: Some(Folded::of("LIDL")) }, None);
    }),
    ("a line", |tx, _| drop(receipt_items::get(tx, key(7, 3_501)).unwrap())),
    ("spending", |tx, user| {
        spending::get_user_spending_stats(tx, user, year()).unwrap();
    }),
    ("spending by shop", |tx, user| drop(spending::by_store(tx, user, year()).unwrap())),
    ("spending by month", |tx, user| drop(spending::by_month(tx, user, year()).unwrap())),
    ("spending by category", |tx, user| {
        drop(spending::by_category(tx, user, days("2026-01-01", "2026-01-20")).unwrap());
    }),
    ("a new receipt", |tx, user| {
        drop(receipts::create_with_items(tx, new_receipt(user, &["Milk", "Bread"])).unwrap());
    }),
    ("the way to the pantry", |tx, _| {
        stocking::lock(tx, key(6, 701)).unwrap();
        stocking::finish(tx, key(6, 701), &[(key(7, 3_505), key(2, 5_001))]).unwrap();
    }),
    ("a recipe", |tx, _| drop(recipes::get(tx, key(8, 7)).unwrap())),
    ("recipes of a tag", |tx, _| {
        find(tx, &RecipeFilter { tags: Tags::parse(["tag7"]).unwrap(), ..Default::default() })
    }),
    ("recipes by words", |tx, _| {
        find(tx, &RecipeFilter { words: Some(SearchWords::parse("word70").unwrap()), ..Default::default() });
    }),
    ("suggestions", |tx, user| drop(suggestions::for_user(tx, user, &SuggestionRequest::default()).unwrap())),
    ("quick suggestions", |tx, user| {
        let max_cooking_time = Some(Whole::new(20).unwrap());
        let request =
            SuggestionRequest { max_cooking_time, on: Some(day("2026-11-10")), ..Default::default() };
        suggestions::for_user(tx, user, &request).unwrap();
    }),
    ("plans", |tx, user| {
        let page = PageRequest::default();
        meal_plans::list_for_user(tx, user, days("2026-11-05", "2026-11-12"), page).unwrap();
    }),
    // The second time it is there.
    ("a new plan", |tx, user| {
        drop(meal_plans::insert(tx, new_plan(user, key(8, 7), &[Dish::Product(key(2, 5_001))])));
    }),
    ("a changed plan", |tx, _| {
        let changes = MealPlanChanges { recipe_id: Some(Some(key(8, 8))), ..Default::default() };
        meal_plans::update(tx, key(10, 357), changes).unwrap();
    }),
    ("a shopping list", |tx, user| {
        shopping_lists::for_user(tx, user, days("2026-11-05", "2026-11-11"), None).unwrap();
    }),
    ("a shopping list of all days", |tx, user| {
        shopping_lists::for_user(tx, user, days("2026-11-01", "2026-12-31"), None).unwrap();
    }),
];

#[test]
fn no_question_reads_a_large_table_as_a_whole() {
    let test = TestDatabase::new();
    test.sabotage(MANY);
    let database = test.database();
    let user: Id<User> = key(0, 7);
    for actor in [Actor::system(), Actor::end_user("pantry", user.uuid())] {
        for (name, question) in QUESTIONS {
            let scanned = database
                .dry_run::<_, Error>("test", &actor, |tx| Ok(scanned_tables(tx, |tx| question(tx, user))))
                .unwrap();
            let large: Vec<_> = scanned.into_iter().filter(|table| LARGE.contains(&&**table)).collect();
            assert!(large.is_empty(), "{actor}: {name} reads {large:?}");
        }
    }
    let unused = database.dry_run::<_, Error>("test", &Actor::system(), |tx| {
        Ok(scanned_tables(tx, |tx| drop(products::delete(tx, key(2, 14_999)))))
    });
    assert_eq!(unused.unwrap().iter().filter(|table| LARGE.contains(&&***table)).count(), 0);
}
