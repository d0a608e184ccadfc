//! Fields of a body that take more than one line to read.

use repository::domain::Invalid;
use repository::domain::invalid::FieldError;

use super::patch::Patch;

/// A field of a PATCH: `None` keeps, `Some(None)` clears.
pub(crate) fn changed<I, T, E: FieldError>(
    fields: &mut Invalid,
    pointer: &str,
    given: Patch<I>,
    read: impl FnOnce(I) -> Result<T, E>,
) -> Option<Option<T>> {
    match given? {
        None => Some(None),
        Some(input) => fields.take(pointer, read(input)).map(Some),
    }
}

/// A field of a PATCH that cannot be cleared.
pub(crate) fn replaced<I, T, E: FieldError>(
    fields: &mut Invalid,
    pointer: &str,
    given: Patch<I>,
    read: impl FnOnce(I) -> Result<T, E>,
) -> Option<T> {
    let changed = changed(fields, pointer, given, read)?;
    if changed.is_none() {
        fields.add(pointer, "not_null", "this field cannot be cleared");
    }
    changed
}

/// A field that must be there.
pub(crate) fn required<T>(fields: &mut Invalid, pointer: &str, given: Patch<T>) -> Option<T> {
    let value = given.flatten();
    if value.is_none() {
        fields.add(pointer, "missing", "this field is required");
    }
    value
}

#[cfg(test)]
mod tests {
    use repository::domain::PersonName;

    use super::*;

    fn name(given: Patch<&str>) -> (Option<Option<PersonName>>, Option<PersonName>, usize) {
        let mut fields = Invalid::collect();
        let changed = changed(&mut fields, "/name", given, PersonName::parse);
        let replaced = replaced(&mut fields, "/name", given, PersonName::parse);
        (changed, replaced, fields.violations().len())
    }

    #[test]
    fn a_patch_keeps_clears_and_sets() {
        let asha = PersonName::parse("Asha").unwrap();
        assert_eq!(name(None), (None, None, 0));
        assert_eq!(name(Some(None)), (Some(None), None, 1));
        assert_eq!(name(Some(Some("Asha"))), (Some(Some(asha.clone())), Some(asha), 0));
        assert_eq!(name(Some(Some(""))), (None, None, 2));
    }
}
