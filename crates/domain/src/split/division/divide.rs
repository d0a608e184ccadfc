//! The sum itself.

use std::collections::HashSet;

use bigdecimal::num_bigint::BigUint;

use super::apportion::apportion;
use super::items::Receipt;
use super::{Division, DivisionError, MAX_PEOPLE, Part, Percent, Split};
use crate::money::AmountError;
use crate::split::Contact;
use crate::{Amount, Currency, Id, SignedAmount};

/// Divides `total` as `split` says.
///
/// # Errors
///
/// When the parts cannot add up to the total, or somebody would owe nothing: see [`DivisionError`].
pub fn divide(total: Amount, currency: Currency, split: &Split) -> Result<Division, DivisionError> {
    let units = total.positive().and_then(|total| total.to_minor(currency)).map_err(DivisionError::Total)?;
    let people = split.people();
    check_people(&people, currency)?;
    let count = people.len() + usize::from(split.has_organiser());
    if u64::try_from(count).is_ok_and(|count| count > units.unsigned_abs()) {
        return Err(DivisionError::TooFewMinorUnits { total, currency, people: count });
    }
    let adjustments: SignedAmount = people.iter().map(|(_, adjustment)| *adjustment).sum();
    let base = SignedAmount::from(total) - adjustments;
    if base.is_negative() {
        return Err(DivisionError::AdjustmentsExceedTotal { sum: adjustments, total });
    }
    let base = base.to_minor(currency).map_err(DivisionError::Total)?;
    let shares = match split {
        Split::Equal { .. } => apportion(base, &vec![BigUint::from(1_u8); count]),
        Split::Exact { parts, organiser } => exact(parts, *organiser, adjustments, total, currency)?,
        Split::Percent { parts, organiser } => {
            let percents = parts.iter().map(|part| part.value).chain(*organiser);
            apportion(base, &percentages(percents.map(Percent::ten_thousandths).collect())?)
        }
        Split::Shares { parts, organiser } => {
            let shares = parts.iter().map(|part| part.value).chain(*organiser);
            apportion(base, &shares.map(|shares| shares.ten_thousandths().into()).collect::<Vec<_>>())
        }
        Split::Items { parts, items, tax, tip, discount } => {
            let receipt = Receipt { items, tax: *tax, tip: *tip, discount: *discount };
            apportion(base, &receipt.weights(parts, total, currency)?)
        }
    };
    // The organiser's share, where there is one, comes last and has no adjustment.
    let own = shares.get(people.len()).copied();
    let own = own.map(|share| part(share, SignedAmount::ZERO, currency, "/organiser".to_owned()));
    let parts = people.into_iter().zip(shares).enumerate().map(|(n, ((contact_id, adjustment), share))| {
        let amount = part(share, adjustment, currency, format!("/participants/{n}"))?;
        Ok((contact_id, amount))
    });
    Ok(Division { parts: parts.collect::<Result<_, _>>()?, organiser_share: own.transpose()? })
}

/// There is somebody, nobody twice, not too many, and nobody is adjusted by less than a minor unit.
fn check_people(people: &[(Id<Contact>, SignedAmount)], currency: Currency) -> Result<(), DivisionError> {
    if people.is_empty() {
        return Err(DivisionError::Nobody);
    }
    if people.len() > MAX_PEOPLE {
        return Err(DivisionError::TooManyPeople);
    }
    let mut seen = HashSet::with_capacity(people.len());
    for (n, (contact_id, adjustment)) in people.iter().enumerate() {
        if !seen.insert(contact_id) {
            return Err(DivisionError::DuplicateContact { pointer: format!("/participants/{n}/contact_id") });
        }
        if let Err(error) = adjustment.fits(currency) {
            return Err(DivisionError::Amount { pointer: format!("/participants/{n}/adjustment"), error });
        }
    }
    Ok(())
}

/// The given amounts in minor units, which with the adjustments must be the total.
fn exact(
    parts: &[Part<Amount>],
    organiser: Option<Amount>,
    adjustments: SignedAmount,
    total: Amount,
    currency: Currency,
) -> Result<Vec<i128>, DivisionError> {
    let minor = |amount: Amount, pointer: String| {
        amount.to_minor(currency).map(i128::from).map_err(|error| DivisionError::Amount { pointer, error })
    };
    let given =
        parts.iter().enumerate().map(|(n, part)| minor(part.value, format!("/participants/{n}/amount")));
    let own = organiser.map(|amount| minor(amount, "/organiser/amount".to_owned()));
    let shares = given.chain(own).collect::<Result<_, _>>()?;
    let amounts: SignedAmount = parts.iter().map(|part| part.value).chain(organiser).sum();
    let sum = amounts + adjustments;
    if sum == total.into() {
        return Ok(shares);
    }
    Err(DivisionError::SumDiffers { pointer: "/participants", what: "the parts", sum, total })
}

/// The weights of percentages, which must add up to 100.
fn percentages(ten_thousandths: Vec<u64>) -> Result<Vec<BigUint>, DivisionError> {
    let sum: u64 = ten_thousandths.iter().sum();
    if sum == Percent::HUNDRED {
        return Ok(ten_thousandths.into_iter().map(BigUint::from).collect());
    }
    Err(DivisionError::PercentSumDiffers { ten_thousandths: sum })
}

/// What somebody owes: a share of what was divided and the adjustment.
fn part(
    share: i128,
    adjustment: SignedAmount,
    currency: Currency,
    pointer: String,
) -> Result<Amount, DivisionError> {
    let amount = SignedAmount::from_minor(share, currency) + adjustment;
    Amount::try_from(amount).and_then(Amount::positive).map_err(|error| match error {
        AmountError::Negative | AmountError::NotPositive => {
            DivisionError::PartNotPositive { pointer, amount }
        }
        error => DivisionError::Amount { pointer, error },
    })
}
