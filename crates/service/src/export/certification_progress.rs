//! Certificates that reports need.

use domain::export::certification_progress::MOST_CERTIFICATIONS;
use domain::export::{Certification, CertificationChanges, CertificationError, NewCertification, Report};
use domain::{Id, Page, PageRequest};
use repository::export::certification_progress::{self, Added};
use repository::{Conn, Tx};

use super::{conflicts, reports};
use crate::{Error, Result};

pub use repository::export::certification_progress::{delete, get, summary};

/// Adds a certificate to a report, unless one of that name is there, which stays as it is. Answers whether it is new.
pub fn add(tx: &mut Tx<'_>, new: NewCertification) -> Result<(Certification, bool)> {
    match certification_progress::insert(tx, new)? {
        Added::New(certification) => Ok((certification, true)),
        Added::There(certification) => Ok((certification, false)),
        Added::Full => {
            let detail = format!("a report has at most {MOST_CERTIFICATIONS} certificates");
            Err(Error::invalid("/certification_id", "too_many", detail))
        }
    }
}

/// A report's certificates, newest first.
pub fn list(conn: &mut Conn<'_>, report: Id<Report>, page: PageRequest) -> Result<Page<Certification>> {
    let found = certification_progress::list_for_report(conn, report, page)?;
    if found.items.is_empty() {
        reports::must_exist(conn, report)?;
    }
    Ok(found)
}

/// Changes the given fields. The first completion is counted among what the user has done.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Certification>,
    changes: CertificationChanges,
) -> Result<Certification> {
    let before = certification_progress::lock(tx, id)?;
    let after = before.clone().with(changes, tx.now).map_err(refused)?;
    Ok(certification_progress::update(tx, &before, after)?)
}

fn refused(error: CertificationError) -> Error {
    match error {
        CertificationError::IllegalTransition { .. } => {
            Error::conflict(&conflicts::ILLEGAL_TRANSITION, error.to_string())
        }
        CertificationError::TooManyDocuments => {
            Error::invalid("/add_documents", "too_many", error.to_string())
        }
    }
}
