//! What batches have in common: rows that are made or changed, and a result for each.

use actix_web::web;
use repository::domain::Invalid;
use serde::Serialize;
use serde::de::DeserializeOwned;
use service::batch::Outcome;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::error::{ApiError, FieldProblem, codes};
use crate::http::input::{Row, Rows};

/// What a row asks for.
pub(crate) enum Asked<N, C> {
    /// Something to be made.
    New(N),
    /// A change of what is there.
    Change(C),
}

/// The rows of a batch, those to be made apart from the changes.
pub(crate) struct Sorted<N, C> {
    pub(crate) new: Vec<N>,
    pub(crate) changes: Vec<C>,
    pub(crate) places: Places,
}

/// Which row went where, in the order given.
pub(crate) struct Places(Vec<Place>);

enum Place {
    New,
    Change,
    Invalid(Vec<FieldProblem>),
}

/// Reads the rows, on a thread that may take its time.
pub(crate) async fn sort<T, N, C>(
    rows: Rows<T>,
    read: impl Fn(T) -> Result<Asked<N, C>, Invalid> + Send + 'static,
) -> Result<Sorted<N, C>, ApiError>
where
    T: DeserializeOwned + Send + 'static,
    N: Send + 'static,
    C: Send + 'static,
{
    let sorted = web::block(move || Ok(sorted(rows.read()?, read))).await;
    // The job panicked. The hook has logged where, under this request's id.
    sorted.unwrap_or_else(|_| Err(ApiError::new(&codes::INTERNAL, "the request failed")))
}

fn sorted<T, N, C>(rows: Vec<Row<T>>, read: impl Fn(T) -> Result<Asked<N, C>, Invalid>) -> Sorted<N, C> {
    let mut sorted = Sorted { new: Vec::new(), changes: Vec::new(), places: Places(Vec::new()) };
    for row in rows {
        let place = match row.and_then(|row| read(row).map_err(|invalid| problems(&invalid))) {
            Ok(Asked::New(new)) => {
                sorted.new.push(new);
                Place::New
            }
            Ok(Asked::Change(change)) => {
                sorted.changes.push(change);
                Place::Change
            }
            Err(problems) => Place::Invalid(problems),
        };
        sorted.places.0.push(place);
    }
    sorted
}

fn problems(invalid: &Invalid) -> Vec<FieldProblem> {
    let problem = |violation: &repository::domain::Violation| FieldProblem {
        pointer: violation.pointer.clone(),
        code: violation.code.to_owned(),
        detail: violation.detail.clone(),
    };
    invalid.violations().iter().map(problem).collect()
}

/// What became of a batch.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchBody {
    /// One for each row, in the order given.
    results: Vec<ResultBody>,
    counts: Counts,
}

/// What became of one row.
#[derive(Serialize, ToSchema)]
struct ResultBody {
    /// Its place in the batch, from 0; lines that are blank do not count.
    index: usize,
    /// `created`; `found`: it was there, or came earlier in the batch, and stays as it is; `updated`; `invalid`: `errors`
    /// says why it was not stored; `not_found`: what it should change is not there.
    status: RowStatus,
    /// What was created, found or updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// What is wrong with it; pointers start at the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RowStatus {
    Created,
    Found,
    Updated,
    Invalid,
    NotFound,
}

/// How many rows there are of each status.
#[derive(Default, Serialize, ToSchema)]
struct Counts {
    created: usize,
    found: usize,
    updated: usize,
    invalid: usize,
    not_found: usize,
}

impl BatchBody {
    /// Puts the outcomes of what was made and changed into the order of the rows.
    pub(crate) fn of<T>(places: &Places, created: Vec<Outcome<T>>, updated: Vec<Outcome<T>>) -> Self {
        let (mut created, mut updated) = (created.into_iter(), updated.into_iter());
        let mut body = Self { results: Vec::with_capacity(places.0.len()), counts: Counts::default() };
        for (index, place) in places.0.iter().enumerate() {
            let outcome = match place {
                Place::New => created.next(),
                Place::Change => updated.next(),
                Place::Invalid(errors) => {
                    body.counts.invalid += 1;
                    let errors = errors.clone();
                    body.results.push(ResultBody { index, status: RowStatus::Invalid, id: None, errors });
                    continue;
                }
            };
            // Every row that was sorted out has its outcome.
            if let Some(outcome) = outcome {
                let result = body.counts.count(index, outcome);
                body.results.push(result);
            }
        }
        body
    }
}

impl Counts {
    fn count<T>(&mut self, index: usize, outcome: Outcome<T>) -> ResultBody {
        let (counter, status, id, errors) = match outcome {
            Outcome::Created(id) => (&mut self.created, RowStatus::Created, Some(id), Vec::new()),
            Outcome::Found(id) => (&mut self.found, RowStatus::Found, Some(id), Vec::new()),
            Outcome::Updated(id) => (&mut self.updated, RowStatus::Updated, Some(id), Vec::new()),
            Outcome::NotFound => (&mut self.not_found, RowStatus::NotFound, None, Vec::new()),
            Outcome::Invalid(invalid) => (&mut self.invalid, RowStatus::Invalid, None, problems(&invalid)),
        };
        *counter += 1;
        ResultBody { index, status, id: id.map(|id| id.uuid()), errors }
    }
}

#[cfg(test)]
mod tests {
    use repository::domain::Id;

    use super::*;

    enum Thing {}

    #[test]
    fn outcomes_come_in_the_order_of_the_rows() {
        let read = |n: u8| match n {
            0 => Err(Invalid::one("/n", "zero", "must not be 0")),
            n if n % 2 == 1 => Ok(Asked::New(n)),
            n => Ok(Asked::Change(n)),
        };
        let wrong =
            FieldProblem { pointer: String::new(), code: "malformed_json".into(), detail: "no".into() };
        let sorted = sorted(vec![Ok(2), Ok(1), Err(vec![wrong]), Ok(0), Ok(3)], read);
        assert_eq!((&sorted.new, &sorted.changes), (&vec![1, 3], &vec![2]));

        let (a, b) = (Id::<Thing>::generate(), Id::generate());
        let created = vec![Outcome::Created(a), Outcome::Found(b)];
        let body = BatchBody::of(&sorted.places, created, vec![Outcome::NotFound]);
        let statuses: Vec<_> = body.results.iter().map(|result| (result.index, result.status)).collect();
        let expected = [
            (0, RowStatus::NotFound),
            (1, RowStatus::Created),
            (2, RowStatus::Invalid),
            (3, RowStatus::Invalid),
            (4, RowStatus::Found),
        ];
        assert_eq!(statuses, expected);
        assert_eq!(body.results[3].errors[0].pointer, "/n");
        assert_eq!(body.results[4].id, Some(b.uuid()));
        let Counts { created, found, updated, invalid, not_found } = body.counts;
        assert_eq!([created, found, updated, invalid, not_found], [1, 1, 0, 2, 1]);
    }
}
