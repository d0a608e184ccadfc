//! What becomes of the rows of a batch.

use domain::{Id, Invalid};

/// What became of one row, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It was made.
    Created(Id<T>),
    /// It was there, or came earlier in the batch, and stays as it is.
    Found(Id<T>),
    /// It was changed.
    Updated(Id<T>),
    /// What it should change is not there.
    NotFound,
    /// It cannot be stored.
    Invalid(Invalid),
}

/// Of a row that could only be made.
impl<T> From<Result<Id<T>, Invalid>> for Outcome<T> {
    fn from(made: Result<Id<T>, Invalid>) -> Self {
        made.map_or_else(Self::Invalid, Self::Created)
    }
}
