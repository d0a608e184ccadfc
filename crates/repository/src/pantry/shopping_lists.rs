//! What has to be bought for planned meals. The rules are in [`domain::pantry::shopping_lists`].

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use domain::day::DayRange;
use domain::pantry::shopping_lists::{Need, Stock, list};
use domain::pantry::{ShoppingLine, Unit, User};
use domain::{Day, Folded, Id, Text};

use crate::database::statement::{BindNext, statement};
use crate::{Conn, Result};

/// What is needed of a product, where it has a name; else what is available of it.
#[derive(QueryableByName)]
struct QuantityRow {
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    name: Option<String>,
    #[diesel(sql_type = sql_types::Text)]
    name_key: String,
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    unit: Option<String>,
    #[diesel(sql_type = Nullable<sql_types::Numeric>)]
    quantity: Option<BigDecimal>,
    #[diesel(sql_type = sql_types::Integer)]
    servings: i32,
}

/// What a user has to buy for the meals that are planned on the days of a range, in one statement. What is expired `on` a
/// day, or today where the user lives, is not available. Deleted recipes do not count.
pub fn for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    range: DayRange,
    on: Option<Day>,
) -> Result<Vec<ShoppingLine>> {
    // Each OFFSET 0 has a row looked up by its key. Without them the planner, which cannot tell how many meals there are,
    // reads whole tables.
    let rows = statement(
        "WITH today AS (
             SELECT id, coalesce(?, pantry.local_date(preferences, now())) AS day
               FROM pantry.users WHERE id = ? AND deleted_at IS NULL),
         planned AS (
             SELECT m.id, m.recipe_id, m.servings FROM today JOIN pantry.meal_plans m ON m.user_id = today.id
              WHERE m.plan_date BETWEEN ? AND ?),
         dish AS (
             SELECT i.recipe_id, i.product_id, i.quantity, i.unit
               FROM planned m JOIN pantry.meal_plan_items i ON i.meal_plan_id = m.id),
         cooked AS (
             SELECT m.recipe_id, 1::numeric AS times, m.servings FROM planned m WHERE m.recipe_id IS NOT NULL
             UNION ALL
             SELECT d.recipe_id, coalesce(d.quantity, 1), NULL FROM dish d WHERE d.recipe_id IS NOT NULL),
         taken AS (
             SELECT g.product_id, g.unit, g.quantity * c.times * CASE WHEN known THEN c.servings ELSE 1 END AS quantity,
                    CASE WHEN known THEN r.servings ELSE 1 END AS servings
               FROM cooked c
              CROSS JOIN LATERAL (SELECT r.servings, c.servings IS NOT NULL AND r.servings IS NOT NULL AS known
                                    FROM pantry.recipes r
                                   WHERE r.id = c.recipe_id AND r.deleted_at IS NULL OFFSET 0) r
              CROSS JOIN LATERAL (SELECT g.product_id, g.unit, g.quantity FROM pantry.recipe_ingredients g
                                   WHERE g.recipe_id = c.recipe_id OFFSET 0) g
             UNION ALL
             SELECT d.product_id, d.unit, d.quantity, 1 FROM dish d WHERE d.product_id IS NOT NULL),
         summed AS (
             SELECT product_id, unit, sum(quantity) AS quantity, servings FROM taken
              GROUP BY product_id, unit, servings, quantity IS NULL),
         needed AS (
             SELECT p.name::text AS name, p.name_key, s.unit::text AS unit, s.quantity, s.servings, p.user_id
               FROM summed s
              CROSS JOIN LATERAL (SELECT p.name, p.name_key, p.user_id FROM pantry.products p
                                   WHERE p.id = s.product_id OFFSET 0) p)
         SELECT name, name_key, unit, quantity, servings, user_id FROM needed
         UNION ALL
         SELECT NULL, p.name_key, i.unit, sum(i.quantity), 1, NULL
           FROM today
           JOIN pantry.pantry_items i ON i.user_id = today.id
          CROSS JOIN LATERAL (SELECT p.name_key FROM pantry.products p WHERE p.id = i.product_id OFFSET 0) p
          WHERE p.name_key IN (SELECT name_key FROM needed)
            AND (i.quantity IS NULL OR i.quantity > 0) AND (i.expiry_date IS NULL OR i.expiry_date >= today.day)
          GROUP BY p.name_key, i.unit, i.quantity IS NULL
          ORDER BY user_id NULLS FIRST, name",
    )
    .bind::<Nullable<sql_types::Date>, _>(on.map(Day::date))
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Date, _>(range.first().date())
    .bind::<sql_types::Date, _>(range.last().date())
    .load::<QuantityRow>(conn.pg)?;
    let (mut needs, mut stock) = (Vec::new(), Vec::new());
    for QuantityRow { name, name_key, unit, quantity, servings } in rows {
        let (name_key, unit) = (Folded::from_trusted(name_key), unit.map(Unit::from_trusted));
        match name {
            Some(name) => {
                let servings = servings.unsigned_abs();
                needs.push(Need { name: Text::from_trusted(name), name_key, unit, quantity, servings });
            }
            None => stock.push(Stock { name_key, unit, quantity }),
        }
    }
    Ok(list(needs, &stock))
}
