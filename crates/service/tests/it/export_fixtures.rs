//! Exporters, their reports, and what belongs to these, for tests that do not care about them.

use domain::export::{
    BusinessType, Certification, CertificationType, ChatContext, ChatSession, CompanySize, DayNumber,
    DocumentData, DocumentType, Figures, GeneratedDocument, NewCertification, NewChatSession,
    NewGeneratedDocument, NewPlan, NewReport, NewTask, NewUser, Report, TaskId, User,
};
use domain::{Email, Id, JsonObject, Text, json};
use repository::{Error as RepositoryError, Tx};
use serde_json::Value;
use strongroom_service::Error;
use strongroom_service::export::{
    certification_progress, chat_sessions, generated_documents, reports, users,
};

/// What is not found.
pub(crate) fn not_found<T: std::fmt::Debug, E: Into<Error>>(outcome: Result<T, E>) -> &'static str {
    match outcome.map_err(Into::into) {
        Err(Error::Repository(RepositoryError::NotFound(what))) => what,
        other => panic!("something that is not found, not {other:?}"),
    }
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(crate) fn new_user(address: &str) -> NewUser {
    NewUser {
        email: email(address),
        business_type: BusinessType::Merchant,
        company_size: CompanySize::Small,
        company_name: None,
        monthly_volume: None,
    }
}

pub(crate) fn exporter(tx: &mut Tx<'_>) -> Id<User> {
    users::create(tx, new_user("a.sen@example.com")).unwrap().id
}

pub(crate) fn new_report(user: Id<User>) -> NewReport {
    NewReport {
        user_id: user,
        product_name: Text::parse("Turmeric powder").unwrap(),
        destination_country: Text::parse("Germany").unwrap(),
        product_image_url: None,
        ingredients: None,
        bom: None,
        business_type: None,
        company_size: None,
        monthly_volume: None,
        price_range: None,
        payment_mode: None,
    }
}

/// A report that is being processed, of an exporter of its own.
pub(crate) fn report(tx: &mut Tx<'_>) -> Id<Report> {
    let user = exporter(tx);
    report_of(tx, user)
}

pub(crate) fn report_of(tx: &mut Tx<'_>, user: Id<User>) -> Id<Report> {
    reports::create(tx, new_report(user)).unwrap().summary.id
}

pub(crate) fn data(text: &str) -> JsonObject {
    json::from_trusted(text).unwrap()
}

/// Completes a report with what the agent wrote, and no figures beside it.
pub(crate) fn completed(tx: &mut Tx<'_>, id: Id<Report>, text: &str) -> Report {
    reports::complete(tx, id, Figures::default(), data(text)).unwrap()
}

pub(crate) fn new_certification(report: Id<Report>, called: &str) -> NewCertification {
    NewCertification {
        report_id: report,
        certification_id: Text::parse(called).unwrap(),
        certification_name: Text::parse("CE marking").unwrap(),
        certification_type: CertificationType::Ce,
        notes: None,
    }
}

pub(crate) fn certification(tx: &mut Tx<'_>, report: Id<Report>, called: &str) -> Certification {
    certification_progress::add(tx, new_certification(report, called)).unwrap().0
}

/// A plan of tasks, each with its day and its title.
pub(crate) fn new_plan(tasks: &[(&str, i64, &str)]) -> NewPlan {
    let task = |(id, day, title): &(&str, i64, &str)| NewTask {
        task_id: task_id(id),
        day_number: DayNumber::new(*day).unwrap(),
        task_title: Text::parse(title).unwrap(),
        task_description: None,
        task_category: None,
    };
    NewPlan::new(tasks.iter().map(task).collect()).unwrap()
}

pub(crate) fn task_id(text: &str) -> TaskId {
    TaskId::parse(text).unwrap()
}

pub(crate) fn document_data(content: &Value) -> DocumentData {
    DocumentData::of(data(&content.to_string())).unwrap()
}

pub(crate) fn new_document(report: Id<Report>, kind: DocumentType, content: &Value) -> NewGeneratedDocument {
    let data = document_data(content);
    NewGeneratedDocument { report_id: report, document_type: kind, data, pdf_url: None, editable_url: None }
}

pub(crate) fn document(
    tx: &mut Tx<'_>,
    report: Id<Report>,
    kind: DocumentType,
    content: &Value,
) -> strongroom_service::Result<GeneratedDocument> {
    generated_documents::create(tx, new_document(report, kind, content))
}

/// A letter of undertaking in which nothing is wrong.
pub(crate) fn valid_lut() -> Value {
    serde_json::json!({
        "lut_number": "AD270326000001A", "financial_year": "2026-27", "exporter_name": "Suvarna Spices Pvt. Ltd.",
        "exporter_gstin": "27ABCDE1234F1Z0", "exporter_address": "Kochi", "declaration_date": "2026-04-02",
    })
}

/// A conversation that lasts an hour.
pub(crate) fn chat_session(tx: &mut Tx<'_>, report: Id<Report>) -> repository::Result<ChatSession> {
    let new = NewChatSession { report_id: report, context: ChatContext::default() };
    chat_sessions::create(tx, new, chrono::TimeDelta::hours(1))
}
