//! Figures of the payment requests a user made.

use diesel::prelude::*;
use diesel::sql_types::{self, BigInt};
use domain::Id;
use domain::split::statistics::{ChannelStatistics, Rate, Statistics};
use domain::split::{Channel, User};

use crate::database::statement::{BindNext, statement};
use crate::{Conn, Result};

#[derive(QueryableByName)]
struct CountsRow {
    #[diesel(sql_type = BigInt)]
    requests: i64,
    #[diesel(sql_type = BigInt)]
    sent: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
    #[diesel(sql_type = BigInt)]
    confirmed: i64,
    #[diesel(sql_type = BigInt)]
    whatsapp_sent: i64,
    #[diesel(sql_type = BigInt)]
    whatsapp_failed: i64,
    #[diesel(sql_type = BigInt)]
    sms_sent: i64,
    #[diesel(sql_type = BigInt)]
    sms_failed: i64,
}

/// Figures of the requests a user made within the last so many days, by the database's clock.
pub fn for_user(conn: &mut Conn<'_>, user: Id<User>, days: u32) -> Result<Statistics> {
    let row = statement(
        "SELECT count(*) AS requests,
                count(*) FILTER (WHERE r.whatsapp_sent OR r.sms_sent) AS sent,
                count(*) FILTER (WHERE r.status = 'failed') AS failed,
                count(*) FILTER (WHERE r.status = 'confirmed') AS confirmed,
                count(*) FILTER (WHERE r.whatsapp_sent) AS whatsapp_sent,
                count(*) FILTER (WHERE r.whatsapp_failed) AS whatsapp_failed,
                count(*) FILTER (WHERE r.sms_sent) AS sms_sent,
                count(*) FILTER (WHERE r.sms_failed) AS sms_failed
           FROM split.payment_requests r
           JOIN split.bill_participants p ON p.id = r.bill_participant_id
           JOIN split.bills b ON b.id = p.bill_id
          WHERE b.user_id = ? AND b.deleted_at IS NULL AND r.created_at > now() - make_interval(days => ?)",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
    .get_result::<CountsRow>(conn.pg)?;
    let CountsRow { requests, sent, failed, confirmed, whatsapp_sent, whatsapp_failed, sms_sent, sms_failed } =
        row;
    let count = |rows: i64| u64::try_from(rows).unwrap_or(0);
    let channel =
        |channel, sent, failed| ChannelStatistics { channel, sent: count(sent), failed: count(failed) };
    Ok(Statistics {
        days,
        requests: count(requests),
        sent: count(sent),
        failed: count(failed),
        confirmed: count(confirmed),
        channels: vec![
            channel(Channel::Whatsapp, whatsapp_sent, whatsapp_failed),
            channel(Channel::Sms, sms_sent, sms_failed),
        ],
        success_rate: Rate::of(count(sent), count(requests)),
        confirmation_rate: Rate::of(count(confirmed), count(requests)),
    })
}
