//! Folds anew what is compared regardless of case: after a new version of Unicode, or after changes by hand.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable};
use domain::Folded;
use domain::pantry::recipes::index_words;
use uuid::Uuid;

use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::{products, receipts};
use crate::{Actor, Database, Result, Tx};

/// Rows of one transaction.
const BATCH: i64 = 1_000;

/// What was found in one table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Refolded {
    /// Schema and table.
    pub table: &'static str,
    /// The columns with folded forms.
    pub columns: &'static str,
    /// Rows that were folded anew.
    pub changed: usize,
    /// Rows that stay as they are, because another one has the new form: merge the two.
    pub kept: usize,
}

/// Folds the next rows of a table after the row of this id; none after the last of them.
type Fold = fn(&mut Tx<'_>, Uuid) -> Result<Option<Batch>>;

const FOLDS: [(&str, &str, Fold); 3] = [
    ("pantry.products", "name_key", fold_names),
    ("pantry.receipts", "store_key", fold_stores),
    ("pantry.recipes", "tags, search", fold_recipes),
];

struct Batch {
    last: Uuid,
    differing: usize,
    changed: usize,
}

/// Folds names of products, shops, tags and words of recipes anew where that makes a difference. A dry run does the same and
/// takes it back.
///
/// # Errors
/// What the database says. What was folded until then stays so.
pub fn run(database: &Database, actor: &Actor, dry_run: bool) -> Result<Vec<Refolded>> {
    const NAME: &str = "pantry.fold";
    let fold_table = |(table, columns, fold): (_, _, Fold)| {
        let mut found = Refolded { table, columns, changed: 0, kept: 0 };
        let mut after = Uuid::nil();
        loop {
            let work = |tx: &mut Tx<'_>| fold(tx, after);
            let batch = if dry_run {
                database.dry_run(NAME, actor, work)
            } else {
                database.write(NAME, actor, work)
            }?;
            let Some(Batch { last, differing, changed }) = batch else { return Ok(found) };
            found.changed += changed;
            found.kept += differing - changed;
            after = last;
        }
    };
    FOLDS.into_iter().map(fold_table).collect()
}

fn fold_names(tx: &mut Tx<'_>, after: Uuid) -> Result<Option<Batch>> {
    let rows: Vec<(Uuid, Option<Uuid>, String, String)> = products::table
        .filter(products::id.gt(after))
        .order(products::id)
        .limit(BATCH)
        .select((products::id, products::user_id, products::name, products::name_key))
        .for_no_key_update()
        .load(tx.pg)?;
    let Some((last, ..)) = rows.last() else { return Ok(None) };
    let last = *last;
    let (mut ids, mut keys, mut new, mut differing) = (vec![], vec![], HashSet::new(), 0);
    for (id, user, name, key) in rows {
        let folded = Folded::of(&name).into_string();
        if folded == key {
            continue;
        }
        differing += 1;
        // Of two that come to be the same, the older one gets the form.
        if new.insert((user, folded.clone())) {
            ids.push(id);
            keys.push(folded);
        }
    }
    let changed = statement(
        "UPDATE pantry.products p SET name_key = n.name_key FROM unnest(?, ?) AS n (id, name_key)
          WHERE p.id = n.id AND NOT EXISTS (
                SELECT FROM pantry.products other
                 WHERE other.name_key = n.name_key AND other.user_id IS NOT DISTINCT FROM p.user_id)",
    )
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Array<sql_types::Text>, _>(&keys)
    .execute(tx.pg)?;
    Ok(Some(Batch { last, differing, changed }))
}

fn fold_stores(tx: &mut Tx<'_>, after: Uuid) -> Result<Option<Batch>> {
    let rows: Vec<(Uuid, Option<String>, Option<String>)> = receipts::table
        .filter(receipts::id.gt(after))
        .filter(receipts::store_name.is_not_null())
        .order(receipts::id)
        .limit(BATCH)
        .select((receipts::id, receipts::store_name, receipts::store_key))
        .for_no_key_update()
        .load(tx.pg)?;
    let Some((last, ..)) = rows.last() else { return Ok(None) };
    let last = *last;
    let (mut ids, mut keys) = (vec![], vec![]);
    for (id, name, key) in rows {
        let folded = name.map(|name| Folded::of(&name).into_string());
        if folded != key {
            ids.push(id);
            keys.push(folded);
        }
    }
    let changed = statement(
        "UPDATE pantry.receipts r SET store_key = n.store_key FROM unnest(?, ?) AS n (id, store_key) WHERE r.id = n.id",
    )
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Array<Nullable<sql_types::Text>>, _>(&keys)
    .execute(tx.pg)?;
    Ok(Some(Batch { last, differing: ids.len(), changed }))
}

#[derive(QueryableByName)]
struct RecipeWords {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    title: String,
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    description: Option<String>,
    #[diesel(sql_type = Array<sql_types::Text>)]
    tags: Vec<String>,
    #[diesel(sql_type = Array<sql_types::Text>)]
    words: Vec<String>,
}

fn fold_recipes(tx: &mut Tx<'_>, after: Uuid) -> Result<Option<Batch>> {
    let rows: Vec<RecipeWords> = statement(
        "SELECT id, title::text, description, tags, tsvector_to_array(search) AS words
           FROM pantry.recipes WHERE id > ? ORDER BY id LIMIT ? FOR NO KEY UPDATE",
    )
    .bind::<sql_types::Uuid, _>(after)
    .bind::<sql_types::BigInt, _>(BATCH)
    .load(tx.pg)?;
    let Some(last) = rows.last().map(|row| row.id) else { return Ok(None) };
    let (mut ids, mut all_tags, mut all_words) = (vec![], vec![], vec![]);
    for RecipeWords { id, title, description, tags, mut words } in rows {
        let mut folded: Vec<String> = Vec::new();
        for tag in tags.iter().map(|tag| Folded::of(tag).into_string()) {
            if !folded.contains(&tag) {
                folded.push(tag);
            }
        }
        let indexed = index_words(&title, description.as_deref());
        words.sort_unstable();
        if folded != tags || indexed != words {
            ids.push(id);
            all_tags.push(folded.join(","));
            all_words.push(indexed.join(" "));
        }
    }
    // An array of arrays would have to be rectangular: tags have no commas, and words no blanks.
    let changed = statement(
        "UPDATE pantry.recipes r
            SET tags = string_to_array(n.tags, ','), search = array_to_tsvector(string_to_array(n.words, ' '))
           FROM unnest(?, ?, ?) AS n (id, tags, words) WHERE r.id = n.id",
    )
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Array<sql_types::Text>, _>(&all_tags)
    .bind::<Array<sql_types::Text>, _>(&all_words)
    .execute(tx.pg)?;
    Ok(Some(Batch { last, differing: ids.len(), changed }))
}
