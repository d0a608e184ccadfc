//! Money: currencies, amounts, and sums of amounts. Never a float.
//!
//! An amount counts hundredths, exactly, in an integer. At the database it becomes a `BigDecimal`, in JSON a
//! string with two decimals. Arithmetic that must come out to the last paisa is done in minor units of the
//! currency ([`Amount::to_minor`]).

mod amount;
mod currency;
pub(crate) mod decimal;
mod signed;

pub use amount::{Amount, AmountError};
pub use currency::{Currency, CurrencyError};
pub use signed::SignedAmount;
