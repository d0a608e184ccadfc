//! Bills whose division is known.

use super::properties::{id, parts, yen};
use super::{Part, Percent, SharedItem, Sharer, Shares, Split, divide};
use crate::{Amount, Currency, SignedAmount};

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

/// The amounts of a division as text, the organiser's last.
fn amounts(
    total: &str,
    currency: Currency,
    split: &Split,
) -> Result<Vec<String>, (&'static str, String, String)> {
    match divide(amount(total), currency, split) {
        Ok(division) => {
            let amounts = division.parts.iter().map(|(_, amount)| *amount).chain(division.organiser_share);
            Ok(amounts.map(|amount| amount.to_string()).collect())
        }
        Err(error) => Err((error.code(), error.pointer().to_owned(), error.to_string())),
    }
}

fn equal(people: usize, organiser: bool) -> Split {
    Split::Equal { parts: parts(&vec![(); people]), organiser }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn the_examples_of_the_specification() {
    assert_eq!(amounts("100", Currency::INR, &equal(3, false)), Ok(strings(&["33.34", "33.33", "33.33"])));
    let sevenths = amounts("10", Currency::INR, &equal(7, false)).unwrap();
    assert_eq!(sevenths, strings(&["1.43", "1.43", "1.43", "1.43", "1.43", "1.43", "1.42"]));
    assert_eq!(amounts("100", yen(), &equal(3, false)), Ok(strings(&["34.00", "33.00", "33.00"])));
    assert_eq!(amounts("100", Currency::INR, &equal(2, true)), Ok(strings(&["33.34", "33.33", "33.33"])));
}

#[test]
fn a_sum_that_differs_says_by_how_much_and_in_which_direction() {
    let exact = |values: &[&str]| Split::Exact {
        parts: parts(&values.iter().map(|&value| amount(value)).collect::<Vec<_>>()),
        organiser: None,
    };
    assert_eq!(amounts("100", Currency::INR, &exact(&["60", "40"])), Ok(strings(&["60.00", "40.00"])));
    let (code, pointer, text) = amounts("100", Currency::INR, &exact(&["60", "35"])).unwrap_err();
    assert_eq!((code, pointer.as_str()), ("sum_differs", "/participants"));
    assert_eq!(text, "the parts add up to 95.00, 5.00 less than the total of 100.00");
    let (_, _, text) = amounts("100", Currency::INR, &exact(&["60", "40.01"])).unwrap_err();
    assert_eq!(text, "the parts add up to 100.01, 0.01 more than the total of 100.00");

    let percent = |values: &[&str]| Split::Percent {
        parts: parts(&values.iter().map(|value| Percent::parse(value).unwrap()).collect::<Vec<_>>()),
        organiser: Some(Percent::parse("10").unwrap()),
    };
    assert_eq!(
        amounts("1.00", Currency::INR, &percent(&["45.5", "44.5"])),
        Ok(strings(&["0.46", "0.44", "0.10"])),
        "both remainders are half a paisa, so the first gets it"
    );
    let (code, _, text) = amounts("1.00", Currency::INR, &percent(&["45", "40"])).unwrap_err();
    assert_eq!(
        (code, text.as_str()),
        ("percent_sum_differs", "the percentages add up to 95, 5 less than 100")
    );
    let (_, _, text) = amounts("1.00", Currency::INR, &percent(&["45", "45.5"])).unwrap_err();
    assert_eq!(text, "the percentages add up to 100.5, 0.5 more than 100");
}

#[test]
fn the_organiser_comes_last_in_ties() {
    let one = Shares::parse("1").unwrap();
    let split = Split::Shares { parts: parts(&[one, one]), organiser: Some(one) };
    assert_eq!(amounts("0.05", Currency::INR, &split), Ok(strings(&["0.02", "0.02", "0.01"])));
}

#[test]
fn an_adjustment_comes_on_top_of_what_is_divided() {
    let mut adjusted = parts(&[(), (), ()]);
    adjusted[1].adjustment = SignedAmount::parse("10").unwrap();
    adjusted[2].adjustment = SignedAmount::parse("-1").unwrap();
    let split = Split::Equal { parts: adjusted.clone(), organiser: true };
    assert_eq!(
        amounts("100", Currency::INR, &split),
        Ok(strings(&["22.75", "32.75", "21.75", "22.75"])),
        "91.00 is divided, then 10.00 added and 1.00 taken off"
    );
    adjusted[0].adjustment = SignedAmount::parse("95").unwrap();
    let (code, pointer, text) =
        amounts("100", Currency::INR, &Split::Equal { parts: adjusted, organiser: false }).unwrap_err();
    assert_eq!((code, pointer.as_str()), ("adjustments_exceed_total", "/participants"));
    assert_eq!(text, "the adjustments add up to 104.00, 4.00 more than the total of 100.00");
}

#[test]
fn tax_tip_and_discount_follow_what_everybody_had() {
    let item = |value: &str, who: &[Sharer]| SharedItem { amount: amount(value), had_by: who.to_vec() };
    let (asha, ravi) = (Sharer::Contact(id(0)), Sharer::Contact(id(1)));
    let split = |items: Vec<SharedItem>, tip: &str| Split::Items {
        parts: parts(&[(), ()]),
        items,
        tax: amount("10"),
        tip: amount(tip),
        discount: amount("5"),
    };
    let had = vec![item("60", &[asha, ravi]), item("30", &[asha]), item("10", &[Sharer::Organiser])];
    assert_eq!(
        amounts("110", Currency::INR, &split(had.clone(), "5")),
        Ok(strings(&["66.00", "33.00", "11.00"]))
    );
    let (code, pointer, text) = amounts("110", Currency::INR, &split(had, "0")).unwrap_err();
    assert_eq!((code, pointer.as_str()), ("sum_differs", "/items"));
    assert_eq!(
        text,
        "items, tax and tip, less the discount, add up to 105.00, 5.00 less than the total of 110.00"
    );

    // Three people share twenty items of 1.00: fractions are not rounded item by item.
    let three: Vec<_> = (0..3).map(|n| Sharer::Contact(id(n))).collect();
    let (items, zero) = (vec![item("1", &three); 20], Amount::ZERO);
    let split = Split::Items { parts: parts(&[(), (), ()]), items, tax: zero, tip: zero, discount: zero };
    assert_eq!(amounts("20", Currency::INR, &split), Ok(strings(&["6.67", "6.67", "6.66"])));
}

#[test]
fn what_cannot_be_divided_says_where_and_why() {
    let zero = Amount::ZERO;
    let twice = Split::Equal {
        parts: vec![Part::new(id(0), ()), Part::new(id(1), ()), Part::new(id(0), ())],
        organiser: false,
    };
    let items = |had_by: Vec<Vec<Sharer>>, value: Amount| Split::Items {
        parts: parts(&[(), ()]),
        items: had_by.into_iter().map(|had_by| SharedItem { amount: value, had_by }).collect(),
        tax: zero,
        tip: zero,
        discount: zero,
    };
    let (first, second, stranger) = (Sharer::Contact(id(0)), Sharer::Contact(id(1)), Sharer::Contact(id(9)));
    let own = Sharer::Organiser;
    let half_yen = Split::Exact { parts: parts(&[amount("49.50"), amount("50.50")]), organiser: None };
    let tiny = Split::Percent {
        parts: parts(&[Percent::parse("0").unwrap(), Percent::parse("100").unwrap()]),
        organiser: None,
    };
    let unpaid = Split::Exact { parts: parts(&[amount("100")]), organiser: Some(zero) };
    for (total, currency, split, code, pointer) in [
        ("0", Currency::INR, equal(1, false), "not_positive", ""),
        ("0.50", yen(), equal(1, false), "too_many_decimals", ""),
        ("1", Currency::INR, equal(0, true), "nobody_to_split_among", "/participants"),
        ("9999", Currency::INR, equal(1_001, false), "too_many_people", "/participants"),
        ("0.02", Currency::INR, equal(3, false), "too_few_minor_units", "/participants"),
        ("0.02", Currency::INR, equal(2, true), "too_few_minor_units", "/participants"),
        ("1", Currency::INR, twice, "duplicate_contact", "/participants/2/contact_id"),
        ("100", yen(), half_yen, "too_many_decimals", "/participants/0/amount"),
        ("100", Currency::INR, tiny, "part_not_positive", "/participants/0"),
        ("100", Currency::INR, unpaid, "part_not_positive", "/organiser"),
        ("1", Currency::INR, items(vec![], zero), "no_items", "/items"),
        (
            "1",
            Currency::INR,
            items(vec![vec![]], amount("1")),
            "item_without_contacts",
            "/items/0/contact_ids",
        ),
        (
            "2",
            Currency::INR,
            items(vec![vec![first], vec![second, stranger]], amount("1")),
            "unknown_contact",
            "/items/1/contact_ids/1",
        ),
        (
            "1",
            Currency::INR,
            items(vec![vec![own, first, own]], amount("1")),
            "duplicate_contact",
            "/items/0/contact_ids/2",
        ),
        ("1", Currency::INR, items(vec![vec![first]], amount("1")), "part_not_positive", "/participants/1"),
        (
            "3",
            yen(),
            items(vec![vec![first], vec![second]], amount("1.50")),
            "too_many_decimals",
            "/items/0/amount",
        ),
    ] {
        let found = amounts(total, currency, &split).unwrap_err();
        assert_eq!((found.0, found.1.as_str()), (code, pointer), "{}", found.2);
    }
    let (_, _, text) = amounts("0.02", Currency::INR, &equal(3, false)).unwrap_err();
    assert_eq!(text, "0.02 INR cannot be split among 3 people: everybody must owe something");
}
