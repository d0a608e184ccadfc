//! Products as the marketplace lists them, in bulk: one statement for a thousand rows.
//!
//! Rows travel as one JSON array, because a row tells what it leaves alone from what it clears by having the field or not.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Jsonb, Text, Uuid as SqlUuid};
use domain::market::{Condition, FeedRow, Product, ProductChanges, ProductStatus};
use domain::{Currency, Id};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::{Error, Result, Tx};

/// Rows of one statement.
const ROWS: usize = 1000;

/// What became of one row, in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fed {
    /// A product was made.
    Created(Id<Product>),
    /// Something differed, and is stored now.
    Updated(Id<Product>),
    /// Nothing differed, and nothing was written.
    Found(Id<Product>),
    /// The product is sold, and more than its counters differs.
    ProductSold(Id<Product>),
    /// There is no such product, and title or price is missing.
    Incomplete,
    /// The price would have decimals in a currency that has none.
    PriceDoesNotFit,
}

/// What became of all rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FeedOutcome {
    /// Row by row.
    pub rows: Vec<Fed>,
    /// Products that were there and are sold from now on.
    pub sold: Vec<Id<Product>>,
}

#[derive(QueryableByName)]
struct Judged {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = Bool)]
    is_lost: bool,
    #[diesel(sql_type = Bool)]
    is_sold_now: bool,
}

/// Makes and changes the products of these rows, of which no two name the same.
///
/// The rules are those of [`Product::with`] and [`products::insert`](super::products::insert).
///
/// # Errors
/// [`Error::Contention`] when somebody else made one of the products meanwhile: run again, it is found then.
pub fn store(tx: &mut Tx<'_>, rows: &[FeedRow]) -> Result<FeedOutcome> {
    let mut outcome = FeedOutcome::default();
    for chunk in rows.chunks(ROWS) {
        for Judged { id, outcome: name, is_lost, is_sold_now } in store_chunk(tx, chunk)? {
            if is_lost {
                return Err(Error::Contention);
            }
            let id = Id::from_uuid(id);
            if is_sold_now {
                outcome.sold.push(id);
            }
            outcome.rows.push(fed(&name, id)?);
        }
    }
    Ok(outcome)
}

fn fed(name: &str, id: Id<Product>) -> Result<Fed> {
    match name {
        "created" => Ok(Fed::Created(id)),
        "updated" => Ok(Fed::Updated(id)),
        "found" => Ok(Fed::Found(id)),
        "product_sold" => Ok(Fed::ProductSold(id)),
        "incomplete" => Ok(Fed::Incomplete),
        "price_does_not_fit" => Ok(Fed::PriceDoesNotFit),
        _ => Err(Error::Invalid("the feed has an outcome that is not known".to_owned())),
    }
}

fn store_chunk(tx: &mut Tx<'_>, rows: &[FeedRow]) -> Result<Vec<Judged>> {
    Ok(statement(
        "WITH feed AS (
             SELECT position, (f ->> 'id')::uuid AS new_id, f ->> 'wallapop_id' AS wallapop_id, f
               FROM jsonb_array_elements(?) WITH ORDINALITY AS rows (f, position)),
         there AS MATERIALIZED (
             SELECT p.* FROM market.products p JOIN feed USING (wallapop_id)
              WHERE p.deleted_at IS NULL ORDER BY p.id FOR NO KEY UPDATE OF p),
         wanted AS (
             SELECT position, new_id, feed.wallapop_id, there.id AS old_id,
                    coalesce(f ->> 'title', title) AS title,
                    CASE WHEN jsonb_exists(f, 'description') THEN f ->> 'description' ELSE description END AS description,
                    coalesce((f ->> 'price')::numeric, price) AS price,
                    coalesce(f ->> 'currency', currency, 'EUR') AS currency,
                    coalesce(f ->> 'status', status, 'available') AS status,
                    CASE WHEN jsonb_exists(f, 'category') THEN f ->> 'category' ELSE category END AS category,
                    CASE WHEN jsonb_exists(f, 'location') THEN f ->> 'location' ELSE location END AS location,
                    CASE WHEN jsonb_exists(f, 'condition') THEN f ->> 'condition' ELSE condition END AS condition,
                    coalesce((f ->> 'views_count')::integer, views_count, 0) AS views_count,
                    coalesce((f ->> 'favorites_count')::integer, favorites_count, 0) AS favorites_count,
                    coalesce((f ->> 'listed_at')::timestamptz, listed_at) AS listed_at
               FROM feed LEFT JOIN there USING (wallapop_id)),
         next AS (
             SELECT position, new_id, wallapop_id, old_id, title, description, price, currency, status, category, location,
                    condition, views_count, favorites_count,
                    coalesce(listed_at, CASE WHEN status = 'available' THEN now() END) AS listed_at
               FROM wanted),
         judged AS (
             SELECT next.*, coalesce(there.status, '') AS was, CASE
                        WHEN next.title IS NULL OR next.price IS NULL THEN 'incomplete'
                        WHEN there.status = 'sold' AND
                             (next.title, next.description, next.price, next.currency, next.status, next.category,
                              next.location, next.condition, next.listed_at) IS DISTINCT FROM
                             (there.title, there.description, there.price, there.currency, there.status, there.category,
                              there.location, there.condition, there.listed_at) THEN 'product_sold'
                        WHEN next.currency = ANY (?) AND next.price <> trunc(next.price) THEN 'price_does_not_fit'
                        WHEN there.id IS NULL THEN 'created'
                        WHEN (next.title, next.description, next.price, next.currency, next.status, next.category,
                              next.location, next.condition, next.listed_at, next.views_count, next.favorites_count)
                             IS DISTINCT FROM
                             (there.title, there.description, there.price, there.currency, there.status, there.category,
                              there.location, there.condition, there.listed_at, there.views_count, there.favorites_count)
                             THEN 'updated'
                        ELSE 'found' END AS outcome
               FROM next LEFT JOIN there ON there.id = next.old_id),
         made AS (
             INSERT INTO market.products (id, wallapop_id, title, description, price, currency, status, category, location,
                                          condition, views_count, favorites_count, listed_at, sold_at)
             SELECT new_id, wallapop_id, title, description, price, currency, status, category, location, condition,
                    views_count, favorites_count, listed_at, CASE WHEN status = 'sold' THEN now() END
               FROM judged WHERE outcome = 'created'
             ON CONFLICT (wallapop_id) WHERE deleted_at IS NULL DO NOTHING RETURNING id),
         changed AS (
             UPDATE market.products p
                SET title = j.title, description = j.description, price = j.price, currency = j.currency,
                    status = j.status, category = j.category, location = j.location, condition = j.condition,
                    views_count = j.views_count, favorites_count = j.favorites_count, listed_at = j.listed_at,
                    sold_at = CASE WHEN j.status = 'sold' THEN coalesce(p.sold_at, now()) END
               FROM judged j WHERE p.id = j.old_id AND j.outcome = 'updated')
         SELECT coalesce(old_id, new_id) AS id, outcome,
                outcome = 'created' AND new_id NOT IN (SELECT id FROM made) AS is_lost,
                outcome = 'updated' AND status = 'sold' AND was <> 'sold' AS is_sold_now
           FROM judged ORDER BY position",
    )
    .bind::<Jsonb, _>(StoredJson(Value::Array(rows.iter().map(json).collect())))
    .bind::<Array<Text>, _>(Currency::without_decimals())
    .load(tx.pg)?)
}

/// A row with just the fields that it names.
fn json(row: &FeedRow) -> Value {
    let ProductChanges {
        wallapop_id: _,
        title,
        description,
        price,
        currency,
        status,
        category,
        location,
        condition,
        views_count,
        favorites_count,
        listed_at,
    } = &row.changes;
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let id = Id::<Product>::generate();
    let named = [
        ("id", Some(Value::from(id.to_string()))),
        ("wallapop_id", Some(Value::from(row.wallapop_id.as_str()))),
        ("title", title.as_ref().map(|title| Value::from(title.as_str()))),
        ("description", description.as_ref().map(|it| text(it.as_ref().map(AsRef::as_ref)))),
        ("price", price.map(|price| Value::from(price.to_string()))),
        ("currency", currency.map(|currency| Value::from(currency.as_str()))),
        ("status", status.map(ProductStatus::as_str).map(Value::from)),
        ("category", category.as_ref().map(|it| text(it.as_ref().map(AsRef::as_ref)))),
        ("location", location.as_ref().map(|it| text(it.as_ref().map(AsRef::as_ref)))),
        ("condition", condition.map(|it| text(it.map(Condition::as_str)))),
        ("views_count", views_count.map(|count| Value::from(count.get()))),
        ("favorites_count", favorites_count.map(|count| Value::from(count.get()))),
        ("listed_at", listed_at.map(|at| Value::from(at.to_rfc3339()))),
    ];
    let given = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect::<Map<_, _>>())
}
