//! What a household can cook of what is available in its pantry.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, BigInt, Nullable};
use domain::pantry::suggestions::MissingProduct;
use domain::pantry::{Suggestion, SuggestionRequest, User};
use domain::{Day, Id, Text, Whole};
use uuid::Uuid;

use super::recipes::RecipeRow;
use crate::database::column_types::DecimalColumn;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Result};

#[derive(QueryableByName)]
struct SuggestionRow {
    #[diesel(embed)]
    recipe: RecipeRow,
    #[diesel(sql_type = BigInt)]
    have: i64,
    #[diesel(sql_type = sql_types::Integer)]
    product_count: i32,
    #[diesel(sql_type = sql_types::Numeric)]
    share: DecimalColumn<5, 4>,
    #[diesel(sql_type = Nullable<sql_types::Date>)]
    expiry: Option<NaiveDate>,
    #[diesel(sql_type = Array<sql_types::Record<(sql_types::Uuid, sql_types::Text)>>)]
    missing: Vec<(Uuid, String)>,
}

impl From<SuggestionRow> for Suggestion {
    fn from(row: SuggestionRow) -> Self {
        let SuggestionRow { recipe, have, product_count, share, expiry, missing } = row;
        let missing_product =
            |(id, name)| MissingProduct { id: Id::from_uuid(id), name: Text::from_trusted(name) };
        Self {
            recipe: recipe.into(),
            have,
            needed: product_count.into(),
            share: share.0,
            soonest_expiry: expiry.map(Day::from_trusted),
            missing: missing.into_iter().map(missing_product).collect(),
        }
    }
}

/// Recipes of which a user has something available, in one statement: those of which the user has most first, then those
/// whose products expire soonest, then by title. Products are the same whose folded names are.
pub fn for_user(conn: &mut Conn<'_>, user: Id<User>, request: &SuggestionRequest) -> Result<Vec<Suggestion>> {
    let rows = statement(
        "WITH today AS (
             SELECT id, coalesce(?, pantry.local_date(preferences, now())) AS day
               FROM pantry.users WHERE id = ? AND deleted_at IS NULL),
         available AS MATERIALIZED (
             SELECT shared.id, min(i.expiry_date) AS expiry
               FROM today
               JOIN pantry.pantry_items i ON i.user_id = today.id
               JOIN pantry.products p ON p.id = i.product_id
               JOIN pantry.products shared ON shared.user_id IS NULL AND shared.name_key = p.name_key
              WHERE (i.quantity IS NULL OR i.quantity > 0) AND (i.expiry_date IS NULL OR i.expiry_date >= today.day)
              GROUP BY shared.id),
         had AS (
             SELECT g.recipe_id, count(DISTINCT g.product_id) AS have, min(a.expiry) AS expiry
               FROM available a JOIN pantry.recipe_ingredients g ON g.product_id = a.id
              GROUP BY g.recipe_id),
         ranked AS (
             SELECT h.recipe_id, h.have, round(h.have::numeric / greatest(h.have, r.product_count), 4) AS share, h.expiry
               FROM had h JOIN pantry.recipes r ON r.id = h.recipe_id
              WHERE r.deleted_at IS NULL AND r.tags @> ? AND (?::integer IS NULL OR r.cooking_time <= ?)
              ORDER BY share DESC, h.expiry NULLS LAST, r.title COLLATE \"C\", r.id
              LIMIT ?)
         SELECT r.*, k.have, r.product_count, k.share, k.expiry,
                ARRAY(SELECT ROW(p.id, p.name::text) FROM pantry.products p
                       WHERE p.id IN (SELECT g.product_id FROM pantry.recipe_ingredients g WHERE g.recipe_id = r.id)
                         AND p.id NOT IN (SELECT a.id FROM available a)
                       ORDER BY p.name COLLATE \"C\", p.id) AS missing
           FROM ranked k JOIN pantry.recipes r ON r.id = k.recipe_id
          ORDER BY k.share DESC, k.expiry NULLS LAST, r.title COLLATE \"C\", r.id",
    )
    .bind::<Nullable<sql_types::Date>, _>(request.on.map(Day::date))
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Array<sql_types::Text>, _>(request.tags.as_slice())
    .bind::<Nullable<sql_types::Integer>, _>(request.max_cooking_time.map(Whole::get))
    .bind::<Nullable<sql_types::Integer>, _>(request.max_cooking_time.map(Whole::get))
    .bind::<BigInt, _>(request.rows())
    .load::<SuggestionRow>(conn.pg)?;
    Ok(rows.into_iter().map(Suggestion::from).collect())
}
