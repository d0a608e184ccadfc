//! Closed sets as the document shows them: texts with all values listed.

use std::any::type_name;
use std::borrow::Cow;
use std::marker::PhantomData;

use repository::domain::ClosedSet;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A closed set of the domain, as a component with the set's own name. The derive macro of utoipa takes it by an alias:
/// of a generic type it would make up a name.
pub(crate) struct OneOf<T>(PhantomData<T>);

impl<T: ClosedSet> PartialSchema for OneOf<T> {
    fn schema() -> RefOr<Schema> {
        RefOr::T(Schema::Object(one_of(T::ALL.iter().map(|value| value.as_str()))))
    }
}

impl<T: ClosedSet> ToSchema for OneOf<T> {
    fn name() -> Cow<'static, str> {
        let path = type_name::<T>();
        Cow::Borrowed(path.rsplit("::").next().unwrap_or(path))
    }
}

/// A text that is one of these.
pub(crate) fn one_of(values: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values)).build()
}
