//! Folds anew what is compared regardless of case: after a new version of Unicode, or after changes by hand.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{self, Array};
use domain::Folded;
use uuid::Uuid;

use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::products;
use crate::{Actor, Database, Result, Tx};

/// Rows of one transaction.
const BATCH: i64 = 1_000;

/// What was found in one column.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Refolded {
    /// Schema and table.
    pub table: &'static str,
    /// The column with the folded form.
    pub column: &'static str,
    /// Rows that were folded anew.
    pub changed: usize,
    /// Rows that stay as they are, because another one has the new form: merge the two.
    pub kept: usize,
}

/// Folds the names of all products anew where that makes a difference. A dry run does the same and takes it back.
///
/// # Errors
/// What the database says. What was folded until then stays so.
pub fn run(database: &Database, actor: &Actor, dry_run: bool) -> Result<Vec<Refolded>> {
    const NAME: &str = "pantry.fold";
    let mut names = Refolded { table: "pantry.products", column: "name_key", changed: 0, kept: 0 };
    let mut after = Uuid::nil();
    loop {
        let work = |tx: &mut Tx<'_>| fold_names(tx, after);
        let batch =
            if dry_run { database.dry_run(NAME, actor, work) } else { database.write(NAME, actor, work) }?;
        let Some(Batch { last, differing, changed }) = batch else { return Ok(vec![names]) };
        names.changed += changed;
        names.kept += differing - changed;
        after = last;
    }
}

struct Batch {
    last: Uuid,
    differing: usize,
    changed: usize,
}

/// The next products; none after the last of them.
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
