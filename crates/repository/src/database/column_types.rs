//! Values that PostgreSQL holds as text or numbers and Rust as types of the domain.

use std::fmt::{Debug, Display};
use std::io::Write as _;
use std::str::FromStr;

use bigdecimal::BigDecimal;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Double, Integer, Json, Jsonb, Numeric, Text};
use domain::{Amount, Decimal, Ratio, SignedAmount, Whole, json};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A text column whose values parse as a `T`: a closed set, a currency.
#[derive(Debug, FromSqlRow)]
pub(crate) struct TextColumn<T>(pub(crate) T);

impl<T> FromSql<Text, Pg> for TextColumn<T>
where
    T: FromStr,
    T::Err: Display,
{
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let text = std::str::from_utf8(bytes.as_bytes())?;
        text.parse().map(Self).map_err(|error: T::Err| error.to_string().into())
    }
}

/// A `NUMERIC` column that holds money.
#[derive(Debug, FromSqlRow)]
pub(crate) struct Money(pub(crate) Amount);

impl FromSql<Numeric, Pg> for Money {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let number = <BigDecimal as FromSql<Numeric, Pg>>::from_sql(bytes)?;
        Ok(Self(Amount::from_bigdecimal(&number)?))
    }
}

/// An `INTEGER` column whose numbers are within bounds.
#[derive(Debug, FromSqlRow)]
pub(crate) struct WholeColumn<const MIN: i32, const MAX: i32>(pub(crate) Whole<MIN, MAX>);

impl<const MIN: i32, const MAX: i32> FromSql<Integer, Pg> for WholeColumn<MIN, MAX> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let number = <i32 as FromSql<Integer, Pg>>::from_sql(bytes)?;
        Ok(Self(Whole::new(number.into())?))
    }
}

/// A sum of money, which may be larger than one amount, and below zero.
#[derive(Debug, FromSqlRow)]
pub(crate) struct Sum(pub(crate) SignedAmount);

impl FromSql<Numeric, Pg> for Sum {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let number = <BigDecimal as FromSql<Numeric, Pg>>::from_sql(bytes)?;
        Ok(Self(SignedAmount::from_bigdecimal(&number)?))
    }
}

/// A `NUMERIC(PRECISION, SCALE)` column.
#[derive(Debug, FromSqlRow)]
pub(crate) struct DecimalColumn<const PRECISION: u32, const SCALE: u32>(pub(crate) Decimal<PRECISION, SCALE>);

impl<const PRECISION: u32, const SCALE: u32> FromSql<Numeric, Pg> for DecimalColumn<PRECISION, SCALE> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let number = <BigDecimal as FromSql<Numeric, Pg>>::from_sql(bytes)?;
        Ok(Self(Decimal::from_bigdecimal(&number)?))
    }
}

/// A `FLOAT8` column that holds a measure.
#[derive(Debug, FromSqlRow)]
pub(crate) struct RatioColumn<const MIN: i32, const MAX: i32>(pub(crate) Ratio<MIN, MAX>);

impl<const MIN: i32, const MAX: i32> FromSql<Double, Pg> for RatioColumn<MIN, MAX> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Ratio::new(<f64 as FromSql<Double, Pg>>::from_sql(bytes)?)?))
    }
}

/// A `JSON` or `JSONB` column that holds a `T`, which may be any [`domain::Json`]. Read by the domain's reader: diesel's own
/// type for such columns has keys that mean something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Json)]
#[diesel(sql_type = Jsonb)]
#[serde(transparent)]
pub struct StoredJson<T>(pub T);

/// PostgreSQL writes JSONB as its version and a text.
const JSONB_VERSION: u8 = 1;

impl<T: DeserializeOwned> FromSql<Json, Pg> for StoredJson<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        read(bytes.as_bytes())
    }
}

impl<T: DeserializeOwned> FromSql<Jsonb, Pg> for StoredJson<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let text = bytes.as_bytes().strip_prefix(&[JSONB_VERSION]);
        read(text.ok_or("a JSONB of another version")?)
    }
}

impl<T: Serialize + Debug> ToSql<Jsonb, Pg> for StoredJson<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[JSONB_VERSION])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

fn read<T: DeserializeOwned>(text: &[u8]) -> deserialize::Result<StoredJson<T>> {
    // What serde says might repeat the content.
    let value = json::from_trusted(std::str::from_utf8(text)?).map_err(|_| "JSON of another form")?;
    Ok(StoredJson(value))
}
