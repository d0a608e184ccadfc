//! Counts that the marketplace keeps.

use crate::{Invalid, Whole};

/// How often something happened.
pub type Count = Whole<0, { i32::MAX }>;

/// Views that are added to those of a product.
pub type AddedViews = Whole<0, 1_000_000>;

/// Favourites that are added to those of a product, or taken back.
pub type AddedFavorites = Whole<-1_000_000, 1_000_000>;

/// What is added to the counters of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddedCounts {
    /// Views.
    pub views: AddedViews,
    /// Favourites.
    pub favorites: AddedFavorites,
}

impl AddedCounts {
    /// Checks the bounds of both.
    ///
    /// # Errors
    /// `out_of_range` at `/views` and `/favorites`.
    pub fn new(views: i64, favorites: i64) -> Result<Self, Invalid> {
        let mut fields = Invalid::collect();
        let views = fields.take("/views", AddedViews::new(views));
        let favorites = fields.take("/favorites", AddedFavorites::new(favorites));
        fields.build(|| Some(Self { views: views?, favorites: favorites? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_only_added_and_favourites_may_be_taken_back() {
        assert!(AddedCounts::new(0, -1_000_000).is_ok() && AddedCounts::new(1_000_000, 1_000_000).is_ok());
        let wrong = AddedCounts::new(-1, 1_000_001).unwrap_err();
        let pointers: Vec<_> = wrong.violations().iter().map(|violation| &*violation.pointer).collect();
        assert_eq!(pointers, ["/views", "/favorites"]);
        assert!(AddedCounts::new(i64::MAX, i64::MIN).is_err());
    }
}
