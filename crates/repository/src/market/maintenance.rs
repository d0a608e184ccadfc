//! What is done once a day, each step in batches, so that none is in the way for long.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Uuid as SqlUuid};
use domain::Id;
use domain::market::Buyer;
use uuid::Uuid;

use crate::database::statement::{BindNext, statement};
use crate::{Result, Tx};

/// Rows of a batch.
const BATCH: i64 = 1_000;

/// Archives a batch of conversations that were completed so many days ago; answers how many. Those that somebody works on
/// are left for the next run.
pub fn archive_completed(tx: &mut Tx<'_>, days: u32) -> Result<usize> {
    Ok(statement(
        "WITH old AS MATERIALIZED (
             SELECT id FROM market.conversations
              WHERE completed_at < now() - ? * INTERVAL '1 day' AND archived_at IS NULL
              ORDER BY completed_at LIMIT ? FOR NO KEY UPDATE SKIP LOCKED)
         UPDATE market.conversations c SET archived_at = now() FROM old WHERE c.id = old.id",
    )
    .bind::<Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
    .bind::<BigInt, _>(BATCH)
    .execute(tx.pg)?)
}

/// What a batch of trust scores came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored {
    /// The last buyer that was looked at; none when there are no more.
    pub last: Option<Id<Buyer>>,
    /// How many had another score.
    pub changed: usize,
}

#[derive(QueryableByName)]
struct ScoredRow {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    last: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    changed: i64,
}

/// Computes the trust scores of the buyers after this one, as many as a batch has, and stores those that differ.
///
/// Who is blocked has 0. For the others it is the share of conversations that ended in a sale, with one sale and one
/// cancellation added, and a tenth more for who is verified: from 0 to 1, with four decimals.
pub fn score_buyers(tx: &mut Tx<'_>, after: Option<Id<Buyer>>) -> Result<Scored> {
    let ScoredRow { last, changed } = statement(
        "WITH batch AS MATERIALIZED (
             SELECT id, trust_score,
                    CASE WHEN is_blocked THEN 0
                         ELSE round(least(greatest((completed_purchases + 1)::numeric
                                                   / (completed_purchases::bigint + cancelled_conversations + 2)
                                                   + CASE WHEN is_verified THEN 0.1 ELSE 0 END, 0), 1), 4)
                    END::float8 AS score
               FROM market.buyers WHERE id > ? AND deleted_at IS NULL
              ORDER BY id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED),
         changed AS (
             UPDATE market.buyers b SET trust_score = batch.score FROM batch
              WHERE b.id = batch.id AND batch.trust_score <> batch.score RETURNING b.id)
         SELECT (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS last, (SELECT count(*) FROM changed) AS changed",
    )
    .bind::<SqlUuid, _>(after.map_or(Uuid::nil(), Id::uuid))
    .bind::<BigInt, _>(BATCH)
    .get_result(tx.pg)?;
    Ok(Scored { last: last.map(Id::from_uuid), changed: usize::try_from(changed).unwrap_or_default() })
}
