//! The queue of what buyers wrote and the bot has not processed: handed out to workers, one message of a conversation at a
//! time and in order.
//!
//! A message is out while its claim holds, by the database's clock. Once it was handed out so many times in vain it is
//! parked: later ones of its conversation go on, and it comes back by [`requeue`] alone.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Integer, Nullable, Text as SqlText, Uuid as SqlUuid};
use domain::market::{Message, Processed};
use domain::{Id, Note, Sentiment, Text};
use uuid::Uuid;

use super::messages::{ENTITIES, MessageRow, PROCESSING_ERROR};
use crate::database::sealed::{seal, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::{Result, Tx};

/// Hands out messages, oldest first, under one claim that lasts `lease_seconds`: at most one of a conversation, and that its
/// oldest one; none of a conversation of which one is out, of a hidden one, or of a blocked buyer. One statement, which waits
/// for nobody.
pub fn claim(
    tx: &mut Tx<'_>,
    claim: Uuid,
    limit: u32,
    lease_seconds: u32,
    max_attempts: u32,
) -> Result<Vec<Message>> {
    let mut rows = statement(
        "WITH setting (max_attempts) AS (VALUES (?)),
         chosen AS MATERIALIZED (
             SELECT m.id, m.conversation_id, m.created_at
               FROM market.messages m
               JOIN market.conversations c ON c.id = m.conversation_id
               JOIN market.products p ON p.id = c.product_id AND p.deleted_at IS NULL
               JOIN market.buyers b ON b.id = c.buyer_id AND b.deleted_at IS NULL AND NOT b.is_blocked,
                    setting
              WHERE m.message_type = 'user_message' AND NOT m.is_processed
                AND m.attempts < max_attempts AND (m.claimed_until IS NULL OR m.claimed_until <= now())
                AND NOT EXISTS (
                        SELECT FROM market.messages o
                         WHERE o.conversation_id = m.conversation_id
                           AND o.message_type = 'user_message' AND NOT o.is_processed AND o.id <> m.id
                           AND (o.claim_id IS NOT NULL AND o.claimed_until > now()
                                OR (o.created_at, o.id) < (m.created_at, m.id) AND o.attempts < max_attempts))
              ORDER BY m.created_at, m.id
              LIMIT ? FOR NO KEY UPDATE OF m SKIP LOCKED)
         UPDATE market.messages m
            SET claim_id = ?, claimed_until = now() + ? * INTERVAL '1 second', attempts = m.attempts + 1
           FROM chosen, setting
          WHERE m.id = chosen.id
            AND NOT market.older_waits(chosen.conversation_id, chosen.created_at, chosen.id, max_attempts)
      RETURNING m.*",
    )
    .bind::<Integer, _>(i32::try_from(max_attempts).unwrap_or(i32::MAX))
    .bind::<BigInt, _>(i64::from(limit))
    .bind::<SqlUuid, _>(claim)
    .bind::<BigInt, _>(i64::from(lease_seconds))
    .load::<MessageRow>(tx.pg)?
    .into_iter()
    .map(|row| row.open(tx))
    .collect::<Result<Vec<_>>>()?;
    rows.sort_by_key(|message| (message.created_at, message.id));
    Ok(rows)
}

/// Ends a buyer's message as processed: the one that `claim` holds, or, without a claim, one that is not out.
///
/// None when it is processed, out under another claim, not a buyer's, or not there.
pub fn finish(
    tx: &mut Tx<'_>,
    id: Id<Message>,
    claim: Option<Uuid>,
    found: &Processed,
) -> Result<Option<Message>> {
    let Processed { intent, entities, sentiment } = found;
    let entities = entities.as_ref().map(|entities| seal(tx, &ENTITIES, id.uuid(), entities)).transpose()?;
    let changed = statement(
        "WITH given (claim) AS (VALUES (?))
         UPDATE market.messages m
            SET is_processed = true, processed_at = now(), processing_error = NULL, claim_id = NULL, claimed_until = NULL,
                intent = coalesce(?, m.intent), entities = coalesce(?, m.entities), sentiment = coalesce(?, m.sentiment)
           FROM given, market.conversations c, market.products p, market.buyers b
          WHERE m.id = ? AND m.message_type = 'user_message' AND NOT m.is_processed
            AND (CASE WHEN m.claim_id IS NOT NULL AND m.claimed_until > now() THEN m.claim_id END) IS NOT DISTINCT FROM claim
            AND c.id = m.conversation_id AND p.id = c.product_id AND b.id = c.buyer_id
            AND p.deleted_at IS NULL AND b.deleted_at IS NULL
      RETURNING m.*",
    )
    .bind::<Nullable<SqlUuid>, _>(claim)
    .bind::<Nullable<SqlText>, _>(intent.as_ref().map(Text::as_str))
    .bind::<Nullable<sealed_types::Sealed>, _>(entities)
    .bind::<Nullable<Double>, _>(sentiment.map(Sentiment::get))
    .bind::<SqlUuid, _>(id.uuid())
    .get_result::<MessageRow>(tx.pg)
    .optional()?;
    changed.map(|row| row.open(tx)).transpose()
}

/// Stores why processing failed, and holds the message back for so many seconds: the one that `claim` holds, or, without a
/// claim, one that is not out. Without a claim this counts as an attempt.
///
/// None when it is processed, out under another claim, not a buyer's, or not there.
pub fn fail(
    tx: &mut Tx<'_>,
    id: Id<Message>,
    claim: Option<Uuid>,
    error: &Note,
    retry_after_seconds: u32,
) -> Result<Option<Message>> {
    let changed = statement(
        "WITH given (claim) AS (VALUES (?))
         UPDATE market.messages m
            SET processing_error = ?, claim_id = NULL, claimed_until = now() + ? * INTERVAL '1 second',
                attempts = m.attempts + CASE WHEN claim IS NULL THEN 1 ELSE 0 END
           FROM given, market.conversations c, market.products p, market.buyers b
          WHERE m.id = ? AND m.message_type = 'user_message' AND NOT m.is_processed
            AND (CASE WHEN m.claim_id IS NOT NULL AND m.claimed_until > now() THEN m.claim_id END) IS NOT DISTINCT FROM claim
            AND c.id = m.conversation_id AND p.id = c.product_id AND b.id = c.buyer_id
            AND p.deleted_at IS NULL AND b.deleted_at IS NULL
      RETURNING m.*",
    )
    .bind::<Nullable<SqlUuid>, _>(claim)
    .bind::<sealed_types::Sealed, _>(seal(tx, &PROCESSING_ERROR, id.uuid(), error)?)
    .bind::<BigInt, _>(i64::from(retry_after_seconds))
    .bind::<SqlUuid, _>(id.uuid())
    .get_result::<MessageRow>(tx.pg)
    .optional()?;
    changed.map(|row| row.open(tx)).transpose()
}

/// Gives back a message that `claim` holds, and the attempt with it.
///
/// None when the claim does not hold it, or it is not there.
pub fn release(tx: &mut Tx<'_>, id: Id<Message>, claim: Uuid) -> Result<Option<Message>> {
    let changed = statement(
        "UPDATE market.messages m
            SET claim_id = NULL, claimed_until = NULL, attempts = greatest(m.attempts - 1, 0)
           FROM market.conversations c, market.products p, market.buyers b
          WHERE m.id = ? AND NOT m.is_processed AND m.claim_id = ? AND m.claimed_until > now()
            AND c.id = m.conversation_id AND p.id = c.product_id AND b.id = c.buyer_id
            AND p.deleted_at IS NULL AND b.deleted_at IS NULL
      RETURNING m.*",
    )
    .bind::<SqlUuid, _>(id.uuid())
    .bind::<SqlUuid, _>(claim)
    .get_result::<MessageRow>(tx.pg)
    .optional()?;
    changed.map(|row| row.open(tx)).transpose()
}

/// Lets a message that is not out be handed out from the beginning, parked or held back as it may be.
///
/// What waits in its conversation is locked first: a later message that is just being handed out is out when this one comes
/// back, and one that is chosen from now on is looked at again ([`claim`]).
///
/// None when it is processed, out, not a buyer's, or not there.
pub fn requeue(tx: &mut Tx<'_>, id: Id<Message>) -> Result<Option<Message>> {
    statement(
        "SELECT o.id FROM market.messages o
          WHERE o.conversation_id = (SELECT conversation_id FROM market.messages WHERE id = ?)
            AND o.message_type = 'user_message' AND NOT o.is_processed
          ORDER BY o.created_at, o.id FOR NO KEY UPDATE",
    )
    .bind::<SqlUuid, _>(id.uuid())
    .execute(tx.pg)?;
    let changed = statement(
        "UPDATE market.messages m SET claim_id = NULL, claimed_until = NULL, attempts = 0
           FROM market.conversations c, market.products p, market.buyers b
          WHERE m.id = ? AND m.message_type = 'user_message' AND NOT m.is_processed
            AND (m.claim_id IS NULL OR m.claimed_until <= now())
            AND c.id = m.conversation_id AND p.id = c.product_id AND b.id = c.buyer_id
            AND p.deleted_at IS NULL AND b.deleted_at IS NULL
      RETURNING m.*",
    )
    .bind::<SqlUuid, _>(id.uuid())
    .get_result::<MessageRow>(tx.pg)
    .optional()?;
    changed.map(|row| row.open(tx)).transpose()
}
