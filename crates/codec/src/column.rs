//! The name of a sealed column.

use std::fmt;

/// PostgreSQL's limit for an identifier in bytes (`NAMEDATALEN` − 1).
pub(crate) const MAX_NAME: usize = 63;

/// A column of a table of a schema: the place a value is sealed for, together with its row.
///
/// The three names are part of the key derivation and of the associated data, so renaming a sealed column means opening
/// its values under the old name and sealing them under the new one.
///
/// ```
/// use strongroom_codec::Column;
///
/// const PHONE: Column = Column::new("split", "contacts", "phone_number");
/// assert_eq!(PHONE.to_string(), "split.contacts.phone_number");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Column {
    schema: &'static str,
    table: &'static str,
    name: &'static str,
}

impl Column {
    /// Names a column.
    ///
    /// # Panics
    ///
    /// If a name is empty or longer than 63 bytes, PostgreSQL's own limit. In a `const` that is a compile error.
    pub const fn new(schema: &'static str, table: &'static str, name: &'static str) -> Self {
        assert!(is_identifier(schema), "a schema's name has 1 to 63 bytes");
        assert!(is_identifier(table), "a table's name has 1 to 63 bytes");
        assert!(is_identifier(name), "a column's name has 1 to 63 bytes");
        Self { schema, table, name }
    }

    /// The schema, `split`.
    pub const fn schema(&self) -> &'static str {
        self.schema
    }

    /// The table without its schema, `contacts`.
    pub const fn table(&self) -> &'static str {
        self.table
    }

    /// The column, `phone_number`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The three names, each after its length in one byte, so that no two columns have the same encoding.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(3 * (1 + MAX_NAME));
        for name in [self.schema, self.table, self.name] {
            // Lossless: `new` lets no name pass that is longer than 63 bytes.
            encoded.push(name.len() as u8);
            encoded.extend_from_slice(name.as_bytes());
        }
        encoded
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.schema, self.table, self.name)
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({self})")
    }
}

const fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_flow_into_each_other() {
        let columns = [
            Column::new("ab", "c", "d"),
            Column::new("a", "bc", "d"),
            Column::new("a", "b", "cd"),
            Column::new("d", "c", "ab"),
        ];
        for (i, left) in columns.iter().enumerate() {
            for right in &columns[i + 1..] {
                assert_ne!(left.encode(), right.encode());
            }
        }
    }

    #[test]
    #[should_panic(expected = "a table's name has 1 to 63 bytes")]
    fn an_empty_name_is_refused() {
        Column::new("split", "", "name");
    }

    #[test]
    #[should_panic(expected = "a column's name has 1 to 63 bytes")]
    fn a_name_longer_than_postgresql_allows_is_refused() {
        Column::new("split", "contacts", "a234567890123456789012345678901234567890123456789012345678901234");
    }
}
