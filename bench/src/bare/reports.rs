//! A report of `export`, with the JSON that its agent wrote.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::sql_types::Jsonb;
use repository::codec::{Cipher, Column};
use serde::Serialize;
use uuid::Uuid;

use super::{Body, open};

const FAILURE_REASON: Column = Column::new("export", "reports", "failure_reason");

diesel::table! {
    export.reports (id) {
        id -> Uuid,
        user_id -> Uuid,
        product_name -> Varchar,
        destination_country -> Varchar,
        product_image_url -> Nullable<Varchar>,
        ingredients -> Nullable<Text>,
        bom -> Nullable<Text>,
        business_type -> Varchar,
        company_size -> Varchar,
        monthly_volume -> Nullable<Integer>,
        price_range -> Nullable<Varchar>,
        payment_mode -> Nullable<Varchar>,
        hs_code -> Nullable<Varchar>,
        hs_code_confidence -> Nullable<Numeric>,
        risk_score -> Nullable<Integer>,
        estimated_cost -> Nullable<Numeric>,
        estimated_timeline_days -> Nullable<Integer>,
        report_data -> Jsonb,
        status -> Varchar,
        failure_reason -> Nullable<Binary>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

/// What needs no opening.
#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = reports, check_for_backend(Pg))]
struct ReportRow {
    id: Uuid,
    user_id: Uuid,
    product_name: String,
    destination_country: String,
    product_image_url: Option<String>,
    ingredients: Option<String>,
    bom: Option<String>,
    business_type: String,
    company_size: String,
    monthly_volume: Option<i32>,
    price_range: Option<String>,
    payment_mode: Option<String>,
    hs_code: Option<String>,
    hs_code_confidence: Option<BigDecimal>,
    risk_score: Option<i32>,
    estimated_cost: Option<BigDecimal>,
    estimated_timeline_days: Option<i32>,
    report_data: Written,
    status: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The same JSON as the service's.
#[derive(Serialize)]
pub(super) struct ReportBody {
    #[serde(flatten)]
    row: ReportRow,
    failure_reason: Option<String>,
}

/// JSON as diesel reads it where its feature for serde_json is on.
#[derive(Debug, FromSqlRow, Serialize)]
struct Written(serde_json::Value);

impl FromSql<Jsonb, Pg> for Written {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes().split_first() {
            Some((1, text)) => Ok(Self(serde_json::from_slice(text)?)),
            _ => Err("this version of JSONB is not known".into()),
        }
    }
}

impl Body for ReportBody {
    fn find(pg: &mut PgConnection, cipher: &Cipher, id: Uuid) -> anyhow::Result<Option<Self>> {
        let living = reports::table.filter(reports::deleted_at.is_null()).filter(reports::id.eq(id));
        let columns = (ReportRow::as_select(), reports::failure_reason);
        let found: Option<(ReportRow, Option<Vec<u8>>)> = living.select(columns).first(pg).optional()?;
        let read = |(row, reason): (ReportRow, Option<Vec<u8>>)| {
            let failure_reason = reason.map(|reason| open(cipher, &FAILURE_REASON, row.id, reason));
            anyhow::Ok(Self { failure_reason: failure_reason.transpose()?, row })
        };
        found.map(read).transpose()
    }
}
