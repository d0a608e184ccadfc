//! Certificates that an export needs, and how far each has come.

use chrono::{DateTime, Utc};

use super::{Report, User};
use crate::{Id, Invalid, Percentage, Text};

/// How many certificates a report has at most.
pub const MOST_CERTIFICATIONS: i64 = 500;

/// How many documents a certificate lists at most.
pub const MOST_DOCUMENTS: usize = 100;

/// What a document that a certificate needs is called.
pub type DocumentName = Text<200>;

closed_set! {
    /// Kinds of certificates.
    CertificationType, "certification type" {
        /// The food and drug authority of the United States.
        Fda = "FDA",
        /// Conformity with the rules of the European Union.
        Ce = "CE",
        /// Chemicals in the European Union.
        Reach = "REACH",
        /// Indian standards.
        Bis = "BIS",
        /// Zero defect, zero effect.
        Zed = "ZED",
        /// Software exports.
        Softex = "SOFTEX",
        /// Any other.
        Other = "other",
    }
}

closed_set! {
    /// How far a certificate has come.
    CertificationStatus, "certification status" {
        /// Nothing is done.
        NotStarted = "not_started",
        /// It was applied for.
        InProgress = "in_progress",
        /// It was granted, which is final.
        Completed = "completed",
        /// It was refused, and can be applied for again.
        Rejected = "rejected",
    }
}

impl CertificationStatus {
    /// Whether a certificate may go from here to another status.
    fn leads_to(self, next: Self) -> bool {
        use CertificationStatus::{Completed, InProgress, NotStarted, Rejected};
        matches!(
            (self, next),
            (NotStarted, InProgress | Completed)
                | (InProgress, Completed | Rejected)
                | (Rejected, InProgress)
        )
    }
}

/// A certificate of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certification {
    /// Its id.
    pub id: Id<Certification>,
    /// The report that needs it.
    pub report_id: Id<Report>,
    /// Whose report that is.
    pub user_id: Id<User>,
    /// What the agent calls it; unique within the report.
    pub certification_id: Text<100>,
    /// What people call it.
    pub certification_name: Text<255>,
    /// Its kind.
    pub certification_type: CertificationType,
    /// How far it has come.
    pub status: CertificationStatus,
    /// Documents that are ready, all different, in the order they were added.
    pub documents_completed: Vec<DocumentName>,
    /// What people noted.
    pub notes: Option<Text<2_000>>,
    /// When it was first begun.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was granted.
    pub completed_at: Option<DateTime<Utc>>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A certificate to be added to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertification {
    /// The report that needs it.
    pub report_id: Id<Report>,
    /// What the agent calls it; unique within the report.
    pub certification_id: Text<100>,
    /// What people call it.
    pub certification_name: Text<255>,
    /// Its kind.
    pub certification_type: CertificationType,
    /// A note.
    pub notes: Option<Text<2_000>>,
}

/// What to change of a certificate: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificationChanges {
    /// Another name.
    pub certification_name: Option<Text<255>>,
    /// Another kind.
    pub certification_type: Option<CertificationType>,
    /// The next status; the present one changes nothing.
    pub status: Option<CertificationStatus>,
    /// Another note, or none.
    pub notes: Option<Option<Text<2_000>>>,
    /// Documents that became ready, and documents that are not ready after all.
    pub documents: DocumentChanges,
}

/// Documents to add to a set and to take from it. None is in both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentChanges {
    add: Vec<DocumentName>,
    remove: Vec<DocumentName>,
}

impl DocumentChanges {
    /// Takes both lists.
    ///
    /// # Errors
    /// `in_both` at each document of `remove_documents` that is in `add_documents` too.
    pub fn new(add: Vec<DocumentName>, remove: Vec<DocumentName>) -> Result<Self, Invalid> {
        let mut invalid = Invalid::collect();
        for (n, _) in remove.iter().enumerate().filter(|(_, name)| add.contains(name)) {
            let detail = "the document must not be in add_documents too";
            invalid.add(format!("/remove_documents/{n}"), "in_both", detail);
        }
        invalid.finish().map(|()| Self { add, remove })
    }
}

/// Why a certificate cannot be changed as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificationError {
    /// The status does not lead to the one that was asked for.
    #[error("a certificate that is {from} cannot become {to}")]
    IllegalTransition {
        /// The present status.
        from: CertificationStatus,
        /// The status asked for.
        to: CertificationStatus,
    },
    /// More documents than are kept.
    #[error("there must be at most {MOST_DOCUMENTS} documents")]
    TooManyDocuments,
}

impl Certification {
    /// The certificate with the given fields changed at the time `now`.
    pub fn with(self, changes: CertificationChanges, now: DateTime<Utc>) -> Result<Self, CertificationError> {
        let CertificationChanges { certification_name, certification_type, status, notes, documents } =
            changes;
        let status = status.unwrap_or(self.status);
        if status != self.status && !self.status.leads_to(status) {
            return Err(CertificationError::IllegalTransition { from: self.status, to: status });
        }
        let is_now =
            |is_set: bool, before: Option<DateTime<Utc>>| if is_set { before.or(Some(now)) } else { None };
        Ok(Self {
            started_at: is_now(status != CertificationStatus::NotStarted, self.started_at),
            completed_at: is_now(status == CertificationStatus::Completed, self.completed_at),
            certification_name: certification_name.unwrap_or(self.certification_name),
            certification_type: certification_type.unwrap_or(self.certification_type),
            status,
            notes: notes.unwrap_or(self.notes),
            documents_completed: changed(self.documents_completed, documents)?,
            ..self
        })
    }
}

fn changed(
    mut documents: Vec<DocumentName>,
    changes: DocumentChanges,
) -> Result<Vec<DocumentName>, CertificationError> {
    let DocumentChanges { add, remove } = changes;
    documents.retain(|name| !remove.contains(name));
    for name in add {
        if !documents.contains(&name) {
            documents.push(name);
        }
        if documents.len() > MOST_DOCUMENTS {
            return Err(CertificationError::TooManyDocuments);
        }
    }
    Ok(documents)
}

/// How many certificates are how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CertificationSummary {
    /// Not begun.
    pub not_started: u32,
    /// Under way.
    pub in_progress: u32,
    /// Granted.
    pub completed: u32,
    /// Refused.
    pub rejected: u32,
}

impl CertificationSummary {
    /// All of them.
    pub fn total(self) -> u32 {
        let Self { not_started, in_progress, completed, rejected } = self;
        [not_started, in_progress, completed, rejected].into_iter().fold(0, u32::saturating_add)
    }

    /// How much of them is granted.
    ///
    /// ```
    /// use strongroom_domain::export::CertificationSummary;
    ///
    /// let summary = CertificationSummary { not_started: 1, in_progress: 3, completed: 2, rejected: 1 };
    /// assert_eq!((summary.total(), summary.completion_percentage().to_string()), (7, "28.57".to_owned()));
    /// ```
    pub fn completion_percentage(self) -> Percentage<2> {
        Percentage::of(self.completed, self.total())
    }
}

#[cfg(test)]
mod tests {
    use super::CertificationStatus::{Completed, InProgress, NotStarted, Rejected};
    use super::*;

    fn time(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn names(texts: &[&str]) -> Vec<DocumentName> {
        texts.iter().map(|text| Text::parse(text).unwrap()).collect()
    }

    fn new() -> Certification {
        Certification {
            id: Id::generate(),
            report_id: Id::generate(),
            user_id: Id::generate(),
            certification_id: Text::parse("fda-1").unwrap(),
            certification_name: Text::parse("FDA food facility").unwrap(),
            certification_type: CertificationType::Fda,
            status: NotStarted,
            documents_completed: Vec::new(),
            notes: None,
            started_at: None,
            completed_at: None,
            created_at: time(0),
            updated_at: time(0),
        }
    }

    fn go(
        certification: Certification,
        status: CertificationStatus,
        at: i64,
    ) -> Result<Certification, CertificationError> {
        certification.with(CertificationChanges { status: Some(status), ..Default::default() }, time(at))
    }

    fn at(status: CertificationStatus) -> Certification {
        let begun = || go(new(), InProgress, 1).unwrap();
        match status {
            NotStarted => new(),
            InProgress => begun(),
            Completed => go(begun(), Completed, 2).unwrap(),
            Rejected => go(begun(), Rejected, 2).unwrap(),
        }
    }

    #[test]
    fn a_status_leads_where_the_rules_say_and_the_same_changes_nothing() {
        let legal = [
            (NotStarted, InProgress),
            (NotStarted, Completed),
            (InProgress, Completed),
            (InProgress, Rejected),
            (Rejected, InProgress),
        ];
        for &from in CertificationStatus::ALL {
            for &to in CertificationStatus::ALL {
                let before = at(from);
                let after = go(before.clone(), to, 9);
                if from == to {
                    assert_eq!(after, Ok(before));
                } else if legal.contains(&(from, to)) {
                    assert_eq!(after.map(|after| after.status), Ok(to));
                } else {
                    assert_eq!(after, Err(CertificationError::IllegalTransition { from, to }));
                }
            }
        }
    }

    #[test]
    fn the_first_step_stamps_the_start_and_completion_its_time() {
        let times = |certification: Certification| (certification.started_at, certification.completed_at);
        assert_eq!(times(at(InProgress)), (Some(time(1)), None));
        assert_eq!(times(at(Completed)), (Some(time(1)), Some(time(2))));
        assert_eq!(times(go(at(Rejected), InProgress, 5).unwrap()), (Some(time(1)), None));
        assert_eq!(times(go(new(), Completed, 7).unwrap()), (Some(time(7)), Some(time(7))));
    }

    #[test]
    fn documents_are_a_set_in_the_order_of_adding() {
        let change = |certification: Certification, add: &[&str], remove: &[&str]| {
            let documents = DocumentChanges::new(names(add), names(remove)).unwrap();
            certification.with(CertificationChanges { documents, ..Default::default() }, time(3))
        };
        let with = |add: &[&str]| change(new(), add, &[]).unwrap();
        assert_eq!(with(&["b", " a ", "b", "B"]).documents_completed, names(&["b", "a", "B"]));
        let changed = change(with(&["a", "b", "c"]), &["d", "a"], &["b", "x"]).unwrap();
        assert_eq!(changed.documents_completed, names(&["a", "c", "d"]));
        let hundred: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let hundred: Vec<&str> = hundred.iter().map(String::as_str).collect();
        let full = with(&hundred);
        assert_eq!(change(full.clone(), &["x"], &[]), Err(CertificationError::TooManyDocuments));
        assert_eq!(change(full, &["x", "5"], &["7"]).unwrap().documents_completed.len(), 100);
    }

    #[test]
    fn a_document_is_not_added_and_removed_at_once() {
        let invalid = DocumentChanges::new(names(&["a", "b"]), names(&["c", "b", "a"])).unwrap_err();
        let places: Vec<_> = invalid.violations().iter().map(|it| (it.pointer.as_str(), it.code)).collect();
        assert_eq!(places, [("/remove_documents/1", "in_both"), ("/remove_documents/2", "in_both")]);
    }
}
