//! What a household asks for that is counted over many of its rows, among so many other households.

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;

use super::empty;
use crate::http::request;
use crate::load::{self, Plan};
use crate::options::Scale;
use crate::report::{Goal, Report, Row, count};
use crate::running::Running;

/// The longest that half of the answers may take.
const LONGEST: f64 = 20.0;

/// The questions, each below the path of a user.
const QUESTIONS: [(&str, &str); 7] = [
    ("GET spending", "spending?start_date=2026-01-01&end_date=2026-12-31"),
    ("GET spending by shop", "spending?start_date=2026-01-01&end_date=2026-12-31&by=store"),
    ("GET spending by month", "spending?start_date=2026-01-01&end_date=2026-12-31&by=month"),
    ("GET spending by category", "spending?start_date=2026-01-01&end_date=2026-12-31&by=category"),
    ("GET pantry statistics", "pantry-items/statistics?on=2026-11-01"),
    ("GET recipe suggestions", "recipe-suggestions?on=2026-11-01"),
    ("GET shopping list of a week", "shopping-list?start_date=2026-11-01&end_date=2026-11-07&on=2026-11-01"),
];

/// Households with five hundred receipts of ten lines in a year, fifty products at home and a meal on each day of a month; a
/// catalogue of two thousand products, and recipes of eight.
const WORLD: &str = "
    SET session_replication_role = replica;
    CREATE FUNCTION pg_temp.key(kind INTEGER, n BIGINT) RETURNS uuid LANGUAGE sql AS
        $$ SELECT (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
    INSERT INTO pantry.users (id, username, username_bidx, email, email_bidx)
    SELECT pg_temp.key(1, n), sealed, sha256(n::text::bytea), sealed, sha256(n::text::bytea)
      FROM generate_series(1, :households) n, (SELECT '\\x01'::bytea || sha256('') AS sealed) s;
    INSERT INTO pantry.categories (id, name) SELECT pg_temp.key(2, n), 'Category ' || n FROM generate_series(1, 19) n;
    INSERT INTO pantry.products (id, name, name_key, category_id)
    SELECT pg_temp.key(3, n), 'Product ' || n, 'product ' || n, pg_temp.key(2, 1 + n % 19) FROM generate_series(1, 2000) n;
    INSERT INTO pantry.pantry_items (id, user_id, product_id, quantity, unit, expiry_date)
    SELECT pg_temp.key(4, u * 100 + n), pg_temp.key(1, u), pg_temp.key(3, 1 + (u * 37 + n * 40) % 2000), 1, 'kg',
           '2026-10-25'::date + n
      FROM generate_series(1, :households) u, generate_series(1, 50) n;
    INSERT INTO pantry.receipts (id, user_id, store_name, store_key, total_amount, purchase_date)
    SELECT pg_temp.key(5, u * 1000 + n), pg_temp.key(1, u), 'Shop ' || n % 20, 'shop ' || n % 20, 75.31,
           '2026-01-01'::date + (n % 365)::integer
      FROM generate_series(1, :households) u, generate_series(1, 500) n;
    INSERT INTO pantry.receipt_items (id, receipt_id, product_id, product_name, quantity, unit_price, total_price)
    SELECT pg_temp.key(6, (u * 1000 + n) * 10 + i), pg_temp.key(5, u * 1000 + n), pg_temp.key(3, 1 + (n * 10 + i) % 2000),
           'PRODUCT', 1, 7.531, 7.53
      FROM generate_series(1, :households) u, generate_series(1, 500) n, generate_series(0, 9) i;
    INSERT INTO pantry.recipes (id, title, servings, cooking_time, search, product_count)
    SELECT pg_temp.key(7, n), 'Recipe ' || n, 4, 30, array_to_tsvector(ARRAY['recipe']), 8 FROM generate_series(1, :recipes) n;
    INSERT INTO pantry.recipe_ingredients (id, recipe_id, product_id, quantity, unit)
    SELECT pg_temp.key(8, n * 10 + i), pg_temp.key(7, n), pg_temp.key(3, 1 + (n * 13 + i * 251) % 2000), 200, 'g'
      FROM generate_series(1, :recipes) n, generate_series(0, 7) i;
    INSERT INTO pantry.meal_plans (id, user_id, plan_date, meal_type, recipe_id, servings)
    SELECT pg_temp.key(9, u * 100 + n), pg_temp.key(1, u), '2026-11-01'::date + n, 'dinner',
           pg_temp.key(7, 1 + (u * 31 + n) % :recipes), 2
      FROM generate_series(1, :households) u, generate_series(0, 29) n;
    RESET session_replication_role";

/// Asks on one connection, of one household after the other.
pub(crate) fn measure(running: &mut Running, report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    let plan = Plan { connections: 1, warm_up: scale.warm_up, time: scale.time };
    let [households, recipes] = scale.households;
    let world =
        WORLD.replace(":households", &households.to_string()).replace(":recipes", &recipes.to_string());
    empty(running)?;
    running.superuser.batch_execute(&world).context("the households could not be made")?;
    running.vacuum()?;
    for (name, question) in QUESTIONS {
        let mut turn = 0;
        let figures = load::run(running.api.address(), plan, &mut |buffer| {
            turn = turn % households + 1;
            let path = format!("/v1/pantry/users/00000001-0000-7000-8000-{turn:012x}/{question}");
            buffer.extend_from_slice(&request("GET", &path, &running.token, ""));
        })?;
        let milliseconds = f64::from(figures.p50) / 1000.0;
        let what = format!("{name}, among {} households", count(households as f64));
        report.add(Row::of(what, figures).goal("p50", Goal::AtMost(LONGEST, " ms"), milliseconds));
    }
    empty(running)
}
