//! Which quantities count together.

use super::Unit;

/// Units of weight and volume with what they count in and how many thousandths of it they are.
const MEASURES: [(&str, &str, u32); 8] = [
    ("mg", "g", 1),
    ("g", "g", 1_000),
    ("dag", "g", 10_000),
    ("kg", "g", 1_000_000),
    ("ml", "ml", 1_000),
    ("cl", "ml", 10_000),
    ("dl", "ml", 100_000),
    ("l", "ml", 1_000_000),
];

impl Unit {
    /// The unit in which quantities of this one are counted together, and how many thousandths of it this one is: weights
    /// count in grams, volumes in millilitres, and every other unit in itself.
    ///
    /// ```
    /// use strongroom_domain::pantry::Unit;
    ///
    /// let unit = |text| Unit::parse(text).unwrap();
    /// assert_eq!(unit("kg").base(), (unit("g"), 1_000_000));
    /// assert_eq!(unit("pack").base(), (unit("pack"), 1_000));
    /// ```
    pub fn base(&self) -> (Self, u32) {
        let known = MEASURES.iter().find(|(name, _, _)| *name == self.as_str());
        known.map_or_else(
            || (self.clone(), 1_000),
            |(_, base, thousandths)| (Self::from_trusted((*base).to_owned()), *thousandths),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base(unit: &str) -> (String, u32) {
        let (base, thousandths) = Unit::parse(unit).unwrap().base();
        (base.to_string(), thousandths)
    }

    #[test]
    fn weights_count_in_grams_and_volumes_in_millilitres() {
        for (unit, expected, thousandths) in [
            ("KG", "g", 1_000_000),
            ("dag", "g", 10_000),
            ("G", "g", 1_000),
            ("mg", "g", 1),
            ("L", "ml", 1_000_000),
            ("dl", "ml", 100_000),
            ("cl", "ml", 10_000),
            ("ml", "ml", 1_000),
            ("㎏", "g", 1_000_000),
            ("szt", "szt", 1_000),
            ("pack", "pack", 1_000),
        ] {
            assert_eq!(base(unit), (expected.to_owned(), thousandths), "{unit}");
        }
    }

    proptest! {
        #[test]
        fn a_base_counts_in_itself(input in any::<String>()) {
            if let Ok(unit) = Unit::parse(&input) {
                let (base, _) = unit.base();
                prop_assert_eq!(base.base(), (base.clone(), 1_000));
            }
        }
    }
}
