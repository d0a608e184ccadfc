//! What must hold for every bill and every split.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Division, DivisionError, Part, Percent, SharedItem, Sharer, Shares, Split, divide};
use crate::split::Contact;
use crate::{Amount, Currency, Id, SignedAmount};

pub(super) fn id(n: usize) -> Id<Contact> {
    Id::from_uuid(uuid::Uuid::from_u128(n as u128 + 1))
}

pub(super) fn parts<V: Clone>(values: &[V]) -> Vec<Part<V>> {
    values.iter().enumerate().map(|(n, value)| Part::new(id(n), value.clone())).collect()
}

pub(super) fn yen() -> Currency {
    Currency::parse("JPY").unwrap()
}

/// Currencies with two decimals, none, and with three of which two are kept.
fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![Just(Currency::INR), Just(yen()), Just(Currency::parse("KWD").unwrap())]
}

/// A currency and any amount in it, small ones as often as large ones.
fn bill() -> impl Strategy<Value = (Amount, Currency)> {
    let minor = prop_oneof![1..1_000_i64, 1..1_000_000_i64, 1..=9_999_999_999_i64, 1..=999_999_999_999_i64];
    (minor, currency()).prop_map(|(minor, currency)| {
        let largest = Amount::MAX.to_minor(Currency::INR).unwrap() / currency.hundredths_per_minor();
        (Amount::from_minor(minor.min(largest), currency).unwrap(), currency)
    })
}

/// Parts in minor units, the organiser's last.
fn minor(division: &Division, currency: Currency) -> Vec<i64> {
    let amounts = division.parts.iter().map(|(_, amount)| *amount).chain(division.organiser_share);
    amounts.map(|amount| amount.to_minor(currency).unwrap()).collect()
}

/// Divides, and checks what holds whatever the mode.
fn check(total: Amount, currency: Currency, split: &Split) -> Result<Option<Vec<i64>>, TestCaseError> {
    match divide(total, currency, split) {
        Ok(division) => {
            let minor = minor(&division, currency);
            prop_assert_eq!(minor.iter().sum::<i64>(), total.to_minor(currency).unwrap());
            prop_assert!(minor.iter().all(|&part| part > 0));
            prop_assert_eq!(division.organiser_share.is_some(), split.has_organiser());
            let people: Vec<_> = split.people().into_iter().map(|(id, _)| id).collect();
            prop_assert!(division.parts.iter().map(|(id, _)| *id).eq(people));
            Ok(Some(minor))
        }
        Err(error) => {
            prop_assert!(!error.to_string().is_empty() && !error.code().is_empty());
            Ok(None)
        }
    }
}

/// Adds adjustments to some parts.
fn adjust<V>(parts: &mut [Part<V>], adjustments: &[i64], currency: Currency) {
    for (part, &minor) in parts.iter_mut().zip(adjustments) {
        part.adjustment = SignedAmount::from_minor(minor.into(), currency);
    }
}

proptest! {
    #[test]
    fn equal_parts_add_up_and_differ_by_one_unit_at_most(
        (total, currency) in bill(), people in 1..=1_000_usize, organiser in any::<bool>(),
    ) {
        let split = Split::Equal { parts: parts(&vec![(); people]), organiser };
        let count = people + usize::from(organiser);
        match check(total, currency, &split)? {
            Some(minor) => {
                let (least, most) = (minor.iter().min().unwrap(), minor.iter().max().unwrap());
                prop_assert!(most - least <= 1);
                prop_assert!(minor.is_sorted_by(|a, b| a >= b), "what is left goes to the first");
            }
            None => prop_assert!(total.to_minor(currency).unwrap() < count as i64),
        }
    }

    #[test]
    fn shares_are_within_one_unit_of_their_proportion(
        (total, currency) in bill(), weights in vec(1..=100_000_u32, 1..=300), organiser in any::<bool>(),
    ) {
        let text = |w: &u32| format!("{}.{}", w / 10, w % 10);
        let shares: Vec<_> = weights.iter().map(|w| Shares::parse(&text(w)).unwrap()).collect();
        let own = organiser.then(|| shares[0]);
        let minor = check(total, currency, &Split::Shares { parts: parts(&shares), organiser: own })?;
        let Some(minor) = minor else { return Ok(()) };
        let weights: Vec<i128> = weights.iter().copied().chain(own.map(|_| weights[0])).map(i128::from).collect();
        let sum: i128 = weights.iter().sum();
        let whole: i128 = total.to_minor(currency).unwrap().into();
        for (part, weight) in minor.iter().zip(&weights) {
            prop_assert!((i128::from(*part) * sum - whole * weight).abs() < sum);
        }
    }

    #[test]
    fn percentages_of_100_divide_everything(
        (total, currency) in bill(), cuts in vec(0..=1_000_000_u32, 0..50), organiser in any::<bool>(),
    ) {
        let mut cuts = cuts;
        cuts.extend([0, 1_000_000]);
        cuts.sort_unstable();
        let text = |n: u32| format!("{}.{:04}", n / 10_000, n % 10_000);
        let percents: Vec<_> =
            cuts.windows(2).map(|cut| Percent::parse(&text(cut[1] - cut[0])).unwrap()).collect();
        let (own, others) = percents.split_last().unwrap();
        let split = if organiser && !others.is_empty() {
            Split::Percent { parts: parts(others), organiser: Some(*own) }
        } else {
            Split::Percent { parts: parts(&percents), organiser: None }
        };
        check(total, currency, &split)?;
        let sum_differs = matches!(divide(total, currency, &split), Err(DivisionError::PercentSumDiffers { .. }));
        prop_assert!(!sum_differs);
    }

    #[test]
    fn adjustments_are_added_after_the_rest_was_divided(
        (total, currency) in bill(), people in 1..=30_usize, adjustments in vec(-500..=500_i64, 0..30),
    ) {
        let mut adjusted = parts(&vec![(); people]);
        adjust(&mut adjusted, &adjustments, currency);
        let minor = check(total, currency, &Split::Equal { parts: adjusted, organiser: false })?;
        let Some(minor) = minor else { return Ok(()) };
        let before: Vec<_> =
            minor.iter().enumerate().map(|(n, part)| part - adjustments.get(n).unwrap_or(&0)).collect();
        prop_assert!(before.iter().max().unwrap() - before.iter().min().unwrap() <= 1);
    }

    #[test]
    fn items_add_up_whatever_was_shared_with_whom(
        currency in currency(),
        people in 1..=20_usize,
        items in vec((1..=1_000_000_i64, any::<u32>()), 1..=20),
        (tax, tip, discount) in (0..=100_000_i64, 0..=100_000_i64, 0..=100_000_i64),
        adjustments in vec(-50..=50_i64, 0..20),
    ) {
        let money = |minor: i64| Amount::from_minor(minor, currency).unwrap();
        let whole = items.iter().map(|(minor, _)| minor).sum::<i64>() + tax + tip - discount;
        prop_assume!(whole > 0);
        let shared: Vec<_> = items.iter().map(|&(minor, who)| {
            let contacts = (0..people).filter(|n| who >> n & 1 == 1).map(|n| Sharer::Contact(id(n)));
            let organiser = (who >> 31 == 1).then_some(Sharer::Organiser);
            SharedItem { amount: money(minor), had_by: contacts.chain(organiser).collect() }
        }).collect();
        let mut parts = parts(&vec![(); people]);
        adjust(&mut parts, &adjustments, currency);
        let (tax, tip, discount) = (money(tax), money(tip), money(discount));
        let split = Split::Items { parts, items: shared, tax, tip, discount };
        check(money(whole), currency, &split)?;
    }

    #[test]
    fn nothing_panics_however_absurd(
        total in 0..=999_999_999_999_i64, currency in currency(), amounts in vec(0..=999_999_999_999_i64, 0..10),
        adjustment in any::<i128>(), same in any::<bool>(), organiser in any::<bool>(),
    ) {
        let money = |hundredths: i64| Amount::from_minor(hundredths, Currency::INR).unwrap();
        let amounts: Vec<_> = amounts.into_iter().map(money).collect();
        let own = amounts.first().copied().filter(|_| organiser);
        let mut exact = parts(&amounts);
        let had_by = vec![Sharer::Contact(id(0)), Sharer::Organiser];
        let items = vec![SharedItem { amount: money(total), had_by }];
        if let Some(last) = exact.last_mut() {
            last.adjustment = SignedAmount::from_minor(adjustment, currency);
            last.contact_id = if same { id(0) } else { last.contact_id };
        }
        let nameless: Vec<_> = exact.iter().map(|&part| Part {
            contact_id: part.contact_id, value: (), adjustment: part.adjustment,
        }).collect();
        let zero = Amount::ZERO;
        for split in [
            Split::Exact { parts: exact, organiser: own },
            Split::Equal { parts: nameless.clone(), organiser },
            Split::Items { parts: nameless, items, tax: zero, tip: zero, discount: zero },
        ] {
            if let Ok(division) = divide(money(total), currency, &split) {
                let sum: i64 = minor(&division, currency).iter().sum();
                prop_assert_eq!(Ok(sum), money(total).to_minor(currency));
            }
        }
    }
}
