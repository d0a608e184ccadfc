//! Products: those of the catalogue, and those that a household named itself.

use chrono::{DateTime, Utc};

use super::{Category, Details, User};
use crate::{Folded, Id, Text, TextError};

/// What a product is called, on a receipt or in the kitchen, with its folded form, by which products are the same.
///
/// ```
/// use strongroom_domain::pantry::ProductName;
///
/// let (one, other) = (ProductName::parse("ŚMIETANA  18%")?, ProductName::parse("Śmietana 18%")?);
/// assert_eq!(one.key(), other.key());
/// assert_eq!(one.as_str(), "ŚMIETANA  18%");
/// # Ok::<(), strongroom_domain::TextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductName {
    name: Text<255>,
    key: Folded,
}

impl ProductName {
    /// Bytes of the folded form that an index can hold. Folding makes eighteen letters of some characters.
    const LONGEST_KEY: usize = 2_000;

    /// Trims, checks and folds.
    pub fn parse(input: &str) -> Result<Self, TextError> {
        let name = Text::parse(input)?;
        let key = Folded::of(name.as_str());
        if key.as_str().len() > Self::LONGEST_KEY {
            return Err(TextError::TooLong { max: 255 });
        }
        Ok(Self { name, key })
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(name: String) -> Self {
        let key = Folded::of(&name);
        Self { name: Text::from_trusted(name), key }
    }

    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        self.name.as_str()
    }

    /// The name as it is compared.
    pub fn key(&self) -> &Folded {
        &self.key
    }
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: Id<Product>,
    /// Whose it is; none: it is in the catalogue, for everybody.
    pub user_id: Option<Id<User>>,
    /// Unique, folded, among the user's or in the catalogue.
    pub name: ProductName,
    /// Its category.
    pub category_id: Option<Id<Category>>,
    /// What is known of its nutrients.
    pub nutritional_info: Details,
    /// How it keeps.
    pub storage_info: Details,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Product {
    /// For how many days it keeps after it was bought, as `shelf_life_days` of [`storage_info`](Self::storage_info) says.
    pub fn shelf_life(&self) -> ShelfLife {
        shelf_life(&self.storage_info)
    }
}

/// For how long something keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShelfLife {
    /// Nothing says.
    Unknown,
    /// So many days, at most 3,650.
    Days(u16),
    /// What stands there is no whole number from 0 to 3,650.
    Unusable,
}

/// What the field `shelf_life_days` of a product's storage information says.
pub fn shelf_life(storage_info: &Details) -> ShelfLife {
    let Some(days) = storage_info.fields().get("shelf_life_days").filter(|days| !days.is_null()) else {
        return ShelfLife::Unknown;
    };
    match days.as_u64().and_then(|days| u16::try_from(days).ok()) {
        Some(days @ 0..=3_650) => ShelfLife::Days(days),
        _ => ShelfLife::Unusable,
    }
}

/// A product to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// Whose it is; none: it goes to the catalogue.
    pub user_id: Option<Id<User>>,
    /// Unique, folded, among the user's or in the catalogue.
    pub name: ProductName,
    /// Its category.
    pub category_id: Option<Id<Category>>,
    /// What is known of its nutrients.
    pub nutritional_info: Details,
    /// How it keeps.
    pub storage_info: Details,
}

/// What to change of a product: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductChanges {
    /// A new name.
    pub name: Option<ProductName>,
    /// Another category, or none.
    pub category_id: Option<Option<Id<Category>>>,
    /// Other nutrients.
    pub nutritional_info: Option<Details>,
    /// Another way to keep it.
    pub storage_info: Option<Details>,
}

impl ProductChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// Which products to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFilter {
    /// Those of this user too; of the catalogue alone where it is absent.
    pub user_id: Option<Id<User>>,
    /// Those of this category.
    pub category_id: Option<Id<Category>>,
    /// Those whose folded name begins so.
    pub prefix: Option<Folded>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::from_trusted;

    #[test]
    fn a_shelf_life_is_a_whole_number_of_days() {
        for (field, expected) in [
            ("", ShelfLife::Unknown),
            (r#""shelf_life_days":null"#, ShelfLife::Unknown),
            (r#""shelf_life_days":0"#, ShelfLife::Days(0)),
            (r#""shelf_life_days":3650"#, ShelfLife::Days(3_650)),
            (r#""shelf_life_days":3651"#, ShelfLife::Unusable),
            (r#""shelf_life_days":-1"#, ShelfLife::Unusable),
            (r#""shelf_life_days":1e9"#, ShelfLife::Unusable),
            (r#""shelf_life_days":1.5"#, ShelfLife::Unusable),
            (r#""shelf_life_days":"7""#, ShelfLife::Unusable),
            (r#""shelf_life_days":99999999999999999999"#, ShelfLife::Unusable),
        ] {
            let info = Details::new(from_trusted(&format!("{{{field}}}")).unwrap()).unwrap();
            assert_eq!(shelf_life(&info), expected, "{field}");
        }
    }

    #[test]
    fn every_name_that_is_taken_fits_its_index() {
        assert!(ProductName::parse(&"🍕".repeat(255)).is_ok());
        assert!(ProductName::parse(&"ΐ".repeat(255)).is_ok());
        // One character that folds to eighteen.
        assert_eq!(ProductName::parse(&"\u{fdfa}".repeat(255)).unwrap_err().code(), "too_long");
        assert_eq!(ProductName::parse(&"x".repeat(256)).unwrap_err().code(), "too_long");
        assert_eq!(ProductName::parse("Z\u{307}urek").unwrap().key().as_str(), "żurek");
    }
}
