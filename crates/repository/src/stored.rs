//! Values that PostgreSQL holds as text or numbers and Rust as types of the domain.

use std::fmt::Display;
use std::str::FromStr;

use bigdecimal::BigDecimal;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::{Numeric, Text};
use domain::Amount;

/// A text column whose values parse as a `T`: a closed set, a currency.
#[derive(Debug, FromSqlRow)]
pub(crate) struct Parsed<T>(pub(crate) T);

impl<T> FromSql<Text, Pg> for Parsed<T>
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
