//! Whether a total is what the items and charges come to.
//!
//! Programs print either the rounded sum of the exact lines or the sum of the rounded lines, and round half a unit of each
//! line one way or the other. All of these totals are right.

use bigdecimal::{BigDecimal, RoundingMode, Signed};

use super::fields::{Fields, decimal, given, given_text, unsigned_decimal};
use super::finding::{Finding, FindingCode};
use super::numbers::{QUANTITY, UNIT_PRICE, items};
use crate::Currency;

/// What a total has beside its items.
pub(super) struct Charge {
    pub(super) name: &'static str,
    /// Whether it may be below zero.
    pub(super) is_signed: bool,
    is_deducted: bool,
    /// Whether it is for carriage from the port of loading on, which a value free on board (FOB) excludes.
    is_carriage: bool,
}

const CHARGE: Charge = Charge { name: "", is_signed: false, is_deducted: false, is_carriage: false };

impl Charge {
    pub(super) const ALL: [Self; 5] = [
        Self { name: "freight", is_carriage: true, ..CHARGE },
        Self { name: "insurance", is_carriage: true, ..CHARGE },
        Self { name: "other_charges", ..CHARGE },
        Self { name: "round_off", is_signed: true, ..CHARGE },
        Self { name: "discount", is_deducted: true, ..CHARGE },
    ];
}

/// Compares the totals of a document with its items, where every item has a quantity and a price.
pub(super) fn check(fields: &Fields, found: &mut Vec<Finding>) {
    let Some(lines) = lines(fields) else { return };
    let (Some(all), Some(without_carriage)) = (charges(fields, true), charges(fields, false)) else { return };
    let digits = given_text(fields, "currency")
        .and_then(|code| Currency::parse(&code).ok())
        .unwrap_or_default()
        .minor_digits();
    // A shipping bill does not say whether its prices include carriage.
    for (name, charges) in
        [("total_value", &[all.clone()][..]), ("total_fob_value", &[without_carriage, all][..])]
    {
        let Some(total) = given(fields, name).and_then(unsigned_decimal) else { continue };
        let excess =
            charges.iter().map(|charges| lines.excess(&total, charges, digits)).min_by_key(Signed::abs);
        if let Some(excess) = excess.filter(|excess| excess.abs() > lines.tolerance(digits)) {
            found.push(mismatch(name, &excess, digits));
        }
    }
}

fn mismatch(name: &str, excess: &BigDecimal, digits: u32) -> Finding {
    let exact = excess.abs().normalized();
    let decimals = exact.as_bigint_and_scale().1.max(digits.into());
    let (difference, direction) =
        (exact.with_scale(decimals), if excess.is_negative() { "less" } else { "more" });
    let message = format!("the total is {difference} {direction} than the items and charges come to");
    Finding::new(format!("/{name}"), FindingCode::TotalMismatch, message)
        .suggest("compare it with the sum of quantity times unit price, plus charges, less the discount")
}

/// The values of the lines of a document, exactly.
struct Lines(Vec<BigDecimal>);

fn lines(fields: &Fields) -> Option<Lines> {
    let number = |item: &serde_json::Value, name| unsigned_decimal(given(item.as_object()?, name)?);
    let line = |item| Some(number(item, QUANTITY)? * number(item, UNIT_PRICE)?);
    let lines: Vec<BigDecimal> = items(fields).iter().map(line).collect::<Option<_>>()?;
    if lines.is_empty() { None } else { Some(Lines(lines)) }
}

impl Lines {
    /// How much `total` is above the largest or, as a negative number, below the least of the right totals; zero between
    /// them. The tolerance is not yet applied.
    fn excess(&self, total: &BigDecimal, charges: &BigDecimal, digits: u32) -> BigDecimal {
        let exact: BigDecimal = self.0.iter().sum();
        let of_rounded_lines = self.0.iter().map(|line| round(line, digits)).sum::<BigDecimal>() + charges;
        let rounded_sum = round(&(exact + charges), digits);
        let (least, most) = if of_rounded_lines < rounded_sum {
            (of_rounded_lines, rounded_sum)
        } else {
            (rounded_sum, of_rounded_lines)
        };
        if *total > most {
            total - most
        } else if *total < least {
            total - least
        } else {
            BigDecimal::from(0)
        }
    }

    /// Half a minor unit for each line.
    fn tolerance(&self, digits: u32) -> BigDecimal {
        BigDecimal::from(self.0.len() as u64) * BigDecimal::new(5.into(), i64::from(digits) + 1)
    }
}

fn round(exact: &BigDecimal, digits: u32) -> BigDecimal {
    exact.with_scale_round(digits.into(), RoundingMode::HalfUp)
}

/// The sum of the charges, with carriage or without. None where one is no number.
fn charges(fields: &Fields, with_carriage: bool) -> Option<BigDecimal> {
    let counted = Charge::ALL.iter().filter(|charge| with_carriage || !charge.is_carriage);
    counted
        .map(|charge| {
            let amount = given(fields, charge.name).map_or(Some(BigDecimal::from(0)), decimal)?;
            Some(if charge.is_deducted { -amount } else { amount })
        })
        .sum()
}
