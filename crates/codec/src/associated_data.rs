//! What is authenticated with a value although it is not stored beside it: the place the value belongs to.

use crate::column::MAX_NAME;
use crate::{Column, KeyId, envelope};
use uuid::Uuid;

/// Bytes of a row id.
const ROW: usize = 16;
/// Version, key id, three names and the row id; each name and the row id after one byte of length.
const LONGEST: usize = 1 + 4 + 3 * (1 + MAX_NAME) + 1 + ROW;

/// Version, key id, schema, table, column and row id. On the stack, because a value may cost one allocation, and that
/// is its own buffer.
#[derive(Clone, Copy)]
pub(crate) struct AssociatedData {
    bytes: [u8; LONGEST],
    length: usize,
}

impl AssociatedData {
    /// What all rows of a column have in common under one key.
    pub(crate) fn of_column(column: &Column, key: KeyId) -> Self {
        let mut data = Self { bytes: [0; LONGEST], length: 0 };
        data.push(&[envelope::VERSION]);
        data.push(&key.to_bytes());
        data.push(&column.encode());
        data
    }

    /// The whole, for one row.
    pub(crate) fn with_row(&self, row: Uuid) -> Self {
        let mut data = *self;
        data.push(&[ROW as u8]);
        data.push(row.as_bytes());
        data
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.length).0
    }

    /// Names are at most 63 bytes by the rule of `Column::new`, so there is always room. Splitting would rather panic than
    /// leave out a part of what binds the value to its place.
    fn push(&mut self, part: &[u8]) {
        let (_, room) = self.bytes.split_at_mut(self.length);
        room.split_at_mut(part.len()).0.copy_from_slice(part);
        self.length += part.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_form_is_fixed() {
        let data = AssociatedData::of_column(&Column::new("s", "ta", "col"), KeyId::new(0x0A0B_0C0D));
        let data = data.with_row(Uuid::from_u128(0xFF));
        let expected = b"\x01\x0a\x0b\x0c\x0d\x01s\x02ta\x03col\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff";
        assert_eq!(data.as_bytes(), expected);
    }

    #[test]
    fn the_longest_names_fit() {
        const NAME: &str = "a23456789012345678901234567890123456789012345678901234567890123";
        assert_eq!(NAME.len(), MAX_NAME);
        let data = AssociatedData::of_column(&Column::new(NAME, NAME, NAME), KeyId::new(1));
        assert_eq!(data.with_row(Uuid::max()).as_bytes().len(), LONGEST);
    }
}
