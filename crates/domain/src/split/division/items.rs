//! The items mode: how heavily everybody weighs by what they had.

use std::collections::{BTreeSet, HashMap};

use bigdecimal::num_bigint::BigUint;

use super::{DivisionError, Part, SharedItem, Sharer};
use crate::split::Contact;
use crate::{Amount, Currency, Id, SignedAmount};

/// Items, tax, tip and discount of a split.
pub(super) struct Receipt<'a> {
    pub(super) items: &'a [SharedItem],
    pub(super) tax: Amount,
    pub(super) tip: Amount,
    pub(super) discount: Amount,
}

impl Receipt<'_> {
    /// What was had by each of `parts`, and last by the organiser where there is one, in a common fraction of
    /// the minor unit.
    ///
    /// The fractions stay exact until everything is divided at once. Rounding item by item would give the
    /// paisa that is left over to the first person each time.
    pub(super) fn weights(
        &self,
        parts: &[Part<()>],
        total: Amount,
        currency: Currency,
    ) -> Result<Vec<BigUint>, DivisionError> {
        self.check_sum(total)?;
        for (name, amount) in [("tax", self.tax), ("tip", self.tip), ("discount", self.discount)] {
            amount
                .fits(currency)
                .map_err(|error| DivisionError::Amount { pointer: format!("/{name}"), error })?;
        }
        let place: HashMap<Id<Contact>, usize> =
            parts.iter().enumerate().map(|(n, part)| (part.contact_id, n)).collect();
        let with_organiser = self.items.iter().any(SharedItem::organiser);
        let denominator = common_denominator(self.items.iter().map(|item| item.had_by.len()));
        let mut weights = vec![BigUint::ZERO; parts.len() + usize::from(with_organiser)];
        for (n, item) in self.items.iter().enumerate() {
            let eaters = item.places(n, &place, parts.len())?;
            let each = &denominator / eaters.len() * item.minor(n, currency)?;
            for at in eaters {
                if let Some(weight) = weights.get_mut(at) {
                    *weight += &each;
                }
            }
        }
        Ok(weights)
    }

    fn check_sum(&self, total: Amount) -> Result<(), DivisionError> {
        if self.items.is_empty() {
            return Err(DivisionError::NoItems);
        }
        let items: SignedAmount = self.items.iter().map(|item| item.amount).sum();
        let sum = items + self.tax.into() + self.tip.into() - self.discount.into();
        if sum == total.into() {
            return Ok(());
        }
        let what = "items, tax and tip, less the discount,";
        Err(DivisionError::SumDiffers { pointer: "/items", what, sum, total })
    }
}

impl SharedItem {
    /// Whether the organiser had it.
    pub(super) fn organiser(&self) -> bool {
        self.had_by.contains(&Sharer::Organiser)
    }

    fn minor(&self, n: usize, currency: Currency) -> Result<u64, DivisionError> {
        let minor = self.amount.positive().and_then(|amount| amount.to_minor(currency));
        minor
            .map(i64::unsigned_abs)
            .map_err(|error| DivisionError::Amount { pointer: format!("/items/{n}/amount"), error })
    }

    /// The places of those who had it.
    fn places(
        &self,
        n: usize,
        place: &HashMap<Id<Contact>, usize>,
        organiser: usize,
    ) -> Result<BTreeSet<usize>, DivisionError> {
        let pointer = |k: usize| format!("/items/{n}/contact_ids/{k}");
        let mut places = BTreeSet::new();
        for (k, sharer) in self.had_by.iter().enumerate() {
            let at = match sharer {
                Sharer::Organiser => Some(organiser),
                Sharer::Contact(id) => place.get(id).copied(),
            };
            let at = at.ok_or_else(|| DivisionError::UnknownContact { pointer: pointer(k) })?;
            if !places.insert(at) {
                return Err(DivisionError::DuplicateContact { pointer: pointer(k) });
            }
        }
        if places.is_empty() {
            return Err(DivisionError::ItemWithoutContacts { pointer: format!("/items/{n}/contact_ids") });
        }
        Ok(places)
    }
}

/// The least common multiple of how many had each item.
fn common_denominator(people: impl Iterator<Item = usize>) -> BigUint {
    let counts: BTreeSet<usize> = people.filter(|&n| n > 1).collect();
    counts.into_iter().fold(BigUint::from(1_u8), |denominator, n| {
        let rest = usize::try_from(&denominator % n).unwrap_or(0);
        denominator * (n / greatest_common_divisor(n, rest))
    })
}

/// Of `a`, which is above zero, and `b`.
fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_denominator_is_the_least() {
        let of = |counts: &[usize]| common_denominator(counts.iter().copied());
        assert_eq!(of(&[]), BigUint::from(1_u8));
        assert_eq!(of(&[0, 1, 1]), BigUint::from(1_u8));
        assert_eq!(of(&[4, 6, 6, 10]), BigUint::from(60_u8));
    }

    #[test]
    fn a_thousand_different_counts_are_no_trouble() {
        assert!(common_denominator(1..=1_000).bits() < 2_000);
    }
}
