//! What has to be bought for planned meals: what they take less what is in the pantry.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use serde::Serialize;

use super::Unit;
use crate::{Decimal, Folded, Text};

/// A quantity of a shopping list, with three decimals.
pub type Amount = Decimal<18, 3>;

/// What planned meals take of a product, as far as it is in one unit and of recipes for the same number of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What the product is called.
    pub name: Text<255>,
    /// The name as it is compared.
    pub name_key: Folded,
    /// What the quantity counts.
    pub unit: Option<Unit>,
    /// How much it takes, times `servings`; none where it is not said.
    pub quantity: Option<BigDecimal>,
    /// By what the quantity is divided: the number of people that the recipes are for.
    pub servings: u32,
}

/// What is available of a product in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// The product's name as it is compared.
    pub name_key: Folded,
    /// What the quantity counts.
    pub unit: Option<Unit>,
    /// How much there is; none where it was not measured.
    pub quantity: Option<BigDecimal>,
}

/// A line of the list. Weights are in grams and volumes in millilitres; every other unit has lines of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShoppingLine {
    /// What the product is called.
    pub name: Text<255>,
    /// What the quantities count.
    pub unit: Option<Unit>,
    /// How much the meals take; none where no recipe says.
    pub needed: Option<Amount>,
    /// How much of it is available in this unit.
    pub in_pantry: Amount,
    /// How much to buy, above zero; none where `needed` is not known.
    pub to_buy: Option<Amount>,
    /// Whether there is some more of it, not measured or in another unit.
    pub check_pantry: bool,
}

/// Quantities of one product that count together: exact, as fractions by their denominators, in millionths.
#[derive(Default)]
struct Sum(BTreeMap<u32, BigInt>);

impl Sum {
    fn add(&mut self, quantity: &BigDecimal, thousandths: u32, divisor: u32) {
        let (units, _) = quantity.with_scale(3).into_bigint_and_scale();
        *self.0.entry(divisor.max(1)).or_default() += units * thousandths;
    }

    /// Rounded once, half up, to three decimals. What no column could hold stops at the largest amount.
    fn rounded(&self) -> Amount {
        let zero = (BigInt::from(0), BigInt::from(1));
        let (numerator, denominator) =
            self.0.iter().fold(zero, |(numerator, denominator), (divisor, millionths)| {
                (numerator * *divisor + millionths * &denominator, denominator * *divisor)
            });
        let thousand = BigInt::from(1_000) * denominator;
        let thousandths: BigInt = (numerator * 2 + &thousand) / (thousand * 2);
        Amount::from_bigdecimal(&BigDecimal::new(thousandths, 3)).unwrap_or(Amount::MAX)
    }
}

/// A product, and the unit that its quantities count in.
type Key = (Folded, Option<Unit>);

#[derive(Default)]
struct Needed {
    name: Option<Text<255>>,
    measured: Sum,
}

/// The list, by folded name and unit. What the pantry has enough of is not on it; a product of which no quantity is needed
/// is, where nothing of it is available.
pub fn list(needs: Vec<Need>, stock: &[Stock]) -> Vec<ShoppingLine> {
    let mut needed: BTreeMap<Key, Needed> = BTreeMap::new();
    for Need { name, name_key, unit, quantity, servings } in needs {
        let (unit, thousandths) = base(unit.as_ref());
        let sum = needed.entry((name_key, unit)).or_default();
        sum.name.get_or_insert(name);
        if let Some(quantity) = quantity {
            sum.measured.add(&quantity, thousandths, servings);
        }
    }
    let pantry = Pantry::of(stock);
    needed.into_iter().filter_map(|(key, needed)| line(&key, needed, &pantry)).collect()
}

fn line(key: &Key, Needed { name, measured }: Needed, pantry: &Pantry) -> Option<ShoppingLine> {
    let needed = (!measured.0.is_empty()).then(|| measured.rounded());
    let in_pantry = pantry.measured.get(key).map(Sum::rounded).unwrap_or_default();
    let to_buy = needed.map(|needed| needed.checked_sub(in_pantry).unwrap_or_default());
    let is_missing = match to_buy {
        Some(to_buy) => to_buy > Amount::ZERO,
        None => !pantry.available.contains_key(&key.0),
    };
    let others = pantry.available.get(&key.0);
    let check_pantry = others.is_some_and(|found| found.iter().any(|found| found.as_ref() != Some(&key.1)));
    let line = ShoppingLine { name: name?, unit: key.1.clone(), needed, in_pantry, to_buy, check_pantry };
    is_missing.then_some(line)
}

/// What is available, measured and at all.
#[derive(Default)]
struct Pantry {
    measured: BTreeMap<Key, Sum>,
    /// For each product the units in which it was measured; the outer `None` is what was not.
    available: BTreeMap<Folded, BTreeSet<Option<Option<Unit>>>>,
}

impl Pantry {
    fn of(stock: &[Stock]) -> Self {
        let mut pantry = Self::default();
        for Stock { name_key, unit, quantity } in stock {
            let (unit, thousandths) = base(unit.as_ref());
            let found = pantry.available.entry(name_key.clone()).or_default();
            found.insert(quantity.as_ref().map(|_| unit.clone()));
            if let Some(quantity) = quantity {
                pantry.measured.entry((name_key.clone(), unit)).or_default().add(quantity, thousandths, 1);
            }
        }
        pantry
    }
}

fn base(unit: Option<&Unit>) -> (Option<Unit>, u32) {
    unit.map_or((None, 1_000), |unit| {
        let (base, thousandths) = unit.base();
        (Some(base), thousandths)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// "flour 500 g", "eggs 2", "salt": a name, a quantity or "?", a unit.
    fn parts(text: &str) -> (String, Option<BigDecimal>, Option<Unit>) {
        let mut words = text.split(' ');
        let name = words.next().unwrap().to_owned();
        let quantity =
            words.next().filter(|quantity| *quantity != "?").map(|quantity| quantity.parse().unwrap());
        (name, quantity, words.next().map(|unit| Unit::parse(unit).unwrap()))
    }

    fn need(text: &str, planned: u32, servings: u32) -> Need {
        let (name, quantity, unit) = parts(text);
        Need {
            name: Text::parse(&name).unwrap(),
            name_key: Folded::of(&name),
            unit,
            quantity: quantity.map(|quantity| quantity * planned),
            servings,
        }
    }

    fn once(texts: &[&str]) -> Vec<Need> {
        texts.iter().map(|text| need(text, 1, 1)).collect()
    }

    fn bought(needs: Vec<Need>, stock: &[&str]) -> Vec<String> {
        let available = |text: &&str| {
            let (name, quantity, unit) = parts(text);
            Stock { name_key: Folded::of(&name), unit, quantity }
        };
        let stock: Vec<_> = stock.iter().map(available).collect();
        let shown = |line: ShoppingLine| {
            let amount = line.to_buy.map_or("some".to_owned(), |amount| amount.to_string());
            let unit = line.unit.map_or(String::new(), |unit| format!(" {unit}"));
            format!("{} {amount}{unit}{}", line.name, if line.check_pantry { " check" } else { "" })
        };
        list(needs, &stock).into_iter().map(shown).collect()
    }

    #[test]
    fn what_the_pantry_has_is_not_bought() {
        let mut needs: Vec<Need> = ["eggs 3 szt", "milk 500 ml", "flour 250 g", "salt"]
            .iter()
            .map(|text| need(text, 2, 1))
            .collect();
        needs.extend(once(&["butter 200 g"]));
        let found = bought(needs, &["eggs 4 szt", "milk 1 l", "flour 0.3 kg"]);
        assert_eq!(found, ["butter 200.000 g", "eggs 2.000 szt", "flour 200.000 g", "salt some"]);
    }

    #[test]
    fn weights_and_volumes_count_together_and_other_units_apart() {
        let needs = once(&["flour 500 g", "flour 0.5 kg", "Flour 200 G", "eggs 2", "eggs 3", "flour 1 pack"]);
        let found = bought(needs, &["flour 300 g"]);
        assert_eq!(found, ["eggs 5.000", "flour 900.000 g", "flour 1.000 pack check"]);
        let spice = bought(once(&["saffron 0.5 mg", "rum 2 cl", "wine 1 dl", "ham 5 dag"]), &[]);
        assert_eq!(spice, ["ham 50.000 g", "rum 20.000 ml", "saffron 0.001 g", "wine 100.000 ml"]);
    }

    #[test]
    fn a_meal_for_eight_takes_twice_what_one_for_four_does() {
        let rice = |planned| need("rice 400 g", planned, 4);
        assert_eq!(bought(vec![rice(8), rice(2)], &["rice 300 g"]), ["rice 700.000 g"]);
        assert_eq!(bought(vec![need("rice 100 g", 1, 3)], &[]), ["rice 33.333 g"]);
        assert_eq!(bought(vec![need("rice 100 g", 2, 3)], &[]), ["rice 66.667 g"]);
        let thirds = vec![need("rice 100 g", 1, 3), need("rice 200 g", 1, 3)];
        assert_eq!(bought(thirds, &["rice 0.1 kg"]), Vec::<String>::new(), "rounded once, after the sum");
    }

    #[test]
    fn what_is_not_measured_is_bought_where_nothing_is_there() {
        assert_eq!(bought(once(&["salt"]), &[]), ["salt some"]);
        assert_eq!(bought(once(&["salt"]), &["salt ?"]), Vec::<String>::new());
        assert_eq!(bought(once(&["salt"]), &["salt 1 kg"]), Vec::<String>::new());
        assert_eq!(bought(once(&["salt 5 g"]), &["salt ?"]), ["salt 5.000 g check"]);
        assert_eq!(bought(once(&["salt 5 g"]), &["salt 1 pack"]), ["salt 5.000 g check"]);
        assert_eq!(bought(once(&["salt 5 g"]), &["salt 2 g"]), ["salt 3.000 g"]);
        assert_eq!(bought(once(&["salt ? g", "salt 5 g"]), &["salt 9 g"]), Vec::<String>::new());
    }

    #[test]
    fn more_than_a_number_holds_stops_at_the_largest() {
        let needs = vec![need("rice 9999999.999 kg", 1_000, 1); 1_000];
        assert_eq!(list(needs, &[])[0].to_buy, Some(Amount::MAX));
    }

    proptest! {
        #[test]
        fn what_is_bought_and_what_is_there_make_what_is_needed(
            needs in proptest::collection::vec((1..5_000_i64, 1..20_u32, 1..20_u32), 1..20),
            stock in proptest::collection::vec(1..5_000_i64, 0..5),
        ) {
            let thousandths = |number: i64| BigDecimal::new(number.into(), 3);
            let needs: Vec<_> = needs.into_iter().map(|(number, planned, servings)| {
                Need { quantity: Some(thousandths(number) * planned), ..need("rice 1 g", 1, servings) }
            }).collect();
            let exact: f64 = needs.iter().map(|need| {
                need.quantity.clone().unwrap().to_string().parse::<f64>().unwrap() / f64::from(need.servings)
            }).sum();
            let stock: Vec<_> = stock.into_iter().map(|number| Stock {
                name_key: Folded::of("rice"), unit: Some(Unit::parse("g").unwrap()), quantity: Some(thousandths(number)),
            }).collect();
            let there: BigDecimal = stock.iter().flat_map(|stock| stock.quantity.clone()).sum();
            match list(needs, &stock).as_slice() {
                [line] => {
                    let (needed, to_buy) = (line.needed.unwrap(), line.to_buy.unwrap());
                    prop_assert_eq!(line.in_pantry.to_bigdecimal(), there);
                    prop_assert_eq!(to_buy.checked_add(line.in_pantry).unwrap(), needed);
                    prop_assert!((needed.to_string().parse::<f64>().unwrap() - exact).abs() < 0.000_6);
                }
                lines => prop_assert!(lines.is_empty() && there.to_string().parse::<f64>().unwrap() > exact - 0.001),
            }
        }
    }
}
