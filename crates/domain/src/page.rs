//! Paging: by keyset, newest first, for everything that is listed over HTTP, and by offset for those who want
//! it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::Day;

/// How many rows a page may have: 1 to 100, 50 when nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit(u8);

/// A page size outside 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limit must be from 1 to {}", Limit::MAX)]
pub struct LimitError;

impl LimitError {
    /// Stable, machine readable.
    pub const CODE: &'static str = "limit_out_of_range";
}

impl Limit {
    /// The largest page.
    pub const MAX: u8 = 100;

    /// Checks the range.
    pub fn new(rows: i64) -> Result<Self, LimitError> {
        match u8::try_from(rows) {
            Ok(rows @ 1..=Self::MAX) => Ok(Self(rows)),
            _ => Err(LimitError),
        }
    }

    /// The number of rows, as SQL's `LIMIT` takes it.
    pub fn rows(self) -> i64 {
        i64::from(self.0)
    }

    /// One row more than the page has: when it arrives there is a next page.
    pub fn rows_and_one(self) -> i64 {
        self.rows() + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// Where a page ended: the sort key of its last row. `K` is the key of the table, where it is no UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position<K = Uuid> {
    /// When the row was created (or whatever time the list sorts by).
    pub at: DateTime<Utc>,
    /// The row, which settles rows of the same instant.
    pub id: K,
}

/// Where a page of a list by days ended. Rows without a day are at the end of such a list, whichever way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayPosition {
    /// The day of the last row, if it has one.
    pub day: Option<Day>,
    /// The row, which settles rows of the same day.
    pub id: Uuid,
}

/// Where a page of a list by names ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePosition {
    /// The name of the last row, as the list compares it.
    pub name: String,
    /// The row, which settles rows of the same name.
    pub id: Uuid,
}

/// Which page of a list is wanted. `P` is what the list sorts by, where it is no time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<P = Position> {
    /// How many rows at most.
    pub limit: Limit,
    /// Rows that come after this one; from the beginning when absent.
    pub after: Option<P>,
}

// Written out, because a derive would ask for a default of `P`.
impl<P> Default for PageRequest<P> {
    fn default() -> Self {
        Self { limit: Limit::default(), after: None }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P = Position> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Where the next page starts; absent on the last.
    pub next: Option<P>,
}

impl<T, P> Page<T, P> {
    /// Makes a page of rows that were read with [`Limit::rows_and_one`]: the row too many is dropped and
    /// tells that there is a next page.
    ///
    /// ```
    /// # use strongroom_domain::{Limit, Page, Position};
    /// # use chrono::DateTime;
    /// # use uuid::Uuid;
    /// # let position = |n: &u128| Position { at: DateTime::UNIX_EPOCH, id: Uuid::from_u128(*n) };
    /// let page = Page::of(vec![9, 8, 7], Limit::new(2)?, position);
    /// assert_eq!(page.items, [9, 8]);
    /// assert_eq!(page.next, Some(position(&8)));
    /// # Ok::<(), strongroom_domain::page::LimitError>(())
    /// ```
    pub fn of(mut rows: Vec<T>, limit: Limit, position: impl Fn(&T) -> P) -> Self {
        let wanted = usize::from(limit.0);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next = if more { rows.last().map(position) } else { None };
        Self { items: rows, next }
    }

    /// The same page with every row turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U, P> {
        Page { items: self.items.into_iter().map(turn).collect(), next: self.next }
    }

    /// The same page with every row turned into something else, unless one of them fails.
    pub fn try_map<U, E>(self, turn: impl FnMut(T) -> Result<U, E>) -> Result<Page<U, P>, E> {
        let items = self.items.into_iter().map(turn).collect::<Result<_, _>>()?;
        Ok(Page { items, next: self.next })
    }
}

/// Paging by offset. Slower the further it goes, and rows shift when others are added; keyset paging has
/// neither fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offset {
    /// How many rows to pass over.
    pub offset: i64,
    /// How many rows at most.
    pub limit: Limit,
}

/// An offset or page that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OffsetError {
    /// Below zero, or beyond what a number holds.
    #[error("the offset must not be negative")]
    Offset,
    /// Pages count from 1.
    #[error("the page must be 1 or more")]
    Page,
    /// The page size is out of range.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl OffsetError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Offset => "offset_out_of_range",
            Self::Page => "page_out_of_range",
            Self::Limit(_) => LimitError::CODE,
        }
    }
}

impl Offset {
    /// Passes over `offset` rows.
    pub fn new(offset: i64, limit: Limit) -> Result<Self, OffsetError> {
        if offset < 0 {
            return Err(OffsetError::Offset);
        }
        Ok(Self { offset, limit })
    }

    /// The `page`-th page, counted from 1.
    ///
    /// ```
    /// # use strongroom_domain::Offset;
    /// assert_eq!(Offset::from_page(3, 20)?.offset, 40);
    /// # Ok::<(), strongroom_domain::page::OffsetError>(())
    /// ```
    pub fn from_page(page: i64, page_size: i64) -> Result<Self, OffsetError> {
        let limit = Limit::new(page_size)?;
        let before = page.checked_sub(1).filter(|&before| before >= 0).ok_or(OffsetError::Page)?;
        let offset = before.checked_mul(limit.rows()).ok_or(OffsetError::Page)?;
        Ok(Self { offset, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(n: &u128) -> Position {
        Position { at: DateTime::UNIX_EPOCH, id: Uuid::from_u128(*n) }
    }

    #[test]
    fn limits_are_1_to_100_and_50_by_default() {
        assert_eq!(Limit::default().rows(), 50);
        assert_eq!(Limit::new(1).unwrap().rows(), 1);
        assert_eq!(Limit::new(100).unwrap().rows_and_one(), 101);
        for rows in [i64::MIN, -1, 0, 101, 257, i64::MAX] {
            assert_eq!(Limit::new(rows), Err(LimitError), "{rows}");
        }
    }

    #[test]
    fn the_row_too_many_becomes_the_next_page() {
        let limit = Limit::new(2).unwrap();
        assert_eq!(Page::of(vec![3, 2], limit, position), Page { items: vec![3, 2], next: None });
        let page = Page::of(vec![3, 2, 1], limit, position);
        assert_eq!(page, Page { items: vec![3, 2], next: Some(position(&2)) });
        assert_eq!(page.clone().map(|n| n * 2).items, [6, 4]);
        assert_eq!(page.try_map(|n| if n > 2 { Ok(n) } else { Err(n) }), Err(2));
        assert_eq!(Page::of(Vec::new(), limit, position).next, None);
    }

    #[test]
    fn a_list_may_sort_by_another_key_than_a_uuid() {
        let limit = Limit::new(1).unwrap();
        let by_text = |name: &&'static str| Position { at: DateTime::UNIX_EPOCH, id: *name };
        let page = Page::of(vec!["b", "a"], limit, by_text);
        assert_eq!(page.next, Some(by_text(&"b")));
        let by_number = Page::of(vec![7_u32, 8], limit, |n| *n);
        let next = PageRequest { limit, after: by_number.next };
        assert_eq!((next.after, PageRequest::<u32>::default().after), (Some(7), None));
    }

    #[test]
    fn pages_count_from_one_and_never_overflow() {
        assert_eq!(Offset::from_page(1, 50), Ok(Offset::default()));
        assert_eq!(Offset::from_page(0, 50), Err(OffsetError::Page));
        assert_eq!(Offset::from_page(i64::MIN, 50), Err(OffsetError::Page));
        assert_eq!(Offset::from_page(i64::MAX, 50), Err(OffsetError::Page));
        assert_eq!(Offset::from_page(1, 0), Err(OffsetError::Limit(LimitError)));
        assert_eq!(Offset::new(-1, Limit::default()), Err(OffsetError::Offset));
    }
}
