//! Rows of `export` that tests need and do not care about.

use chrono::TimeDelta;
use strongroom_repository::domain::export::generated_documents::{Others, validate};
use strongroom_repository::domain::export::{
    AnalysisData, BusinessType, Certification, CertificationType, ChatContext, ChatSession, CompanySize,
    DayNumber, DocumentData, DocumentType, Exchange, FinanceFigures, GeneratedDocument, LogisticsFigures,
    MonthlyVolume, NewCertification, NewChatSession, NewGeneratedDocument, NewPlan, NewReport, NewTask,
    NewUser, Report, TaskId, User,
};
use strongroom_repository::domain::{CompanyName, Email, Id, Json, JsonObject, MessageText};
use strongroom_repository::export::certification_progress::Added;
use strongroom_repository::export::{
    action_plan_progress, certification_progress, chat_messages, chat_sessions, finance_analysis,
    generated_documents, logistics_analysis, reports, user_metrics, users,
};
use strongroom_repository::testing::execute;
use strongroom_repository::{Result, Tx};

use crate::fixtures::text;

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(crate) fn new_user(address: &str) -> NewUser {
    NewUser {
        email: email(address),
        business_type: BusinessType::SaaS,
        company_size: CompanySize::Micro,
        company_name: Some(CompanyName::parse("Suvarna Spices").unwrap()),
        monthly_volume: Some(MonthlyVolume::new(250).unwrap()),
    }
}

/// A user with the row of counts that every user has.
pub(crate) fn exporter(tx: &mut Tx<'_>, address: &str) -> Result<User> {
    let user = users::insert(tx, new_user(address))?;
    user_metrics::insert(tx, user.id)?;
    Ok(user)
}

pub(crate) fn new_report(user: Id<User>) -> NewReport {
    NewReport {
        user_id: user,
        product_name: text("Turmeric powder"),
        destination_country: text("Germany"),
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

pub(crate) fn new_certification(report: Id<Report>, called: &str) -> NewCertification {
    NewCertification {
        report_id: report,
        certification_id: text(called),
        certification_name: text("FDA food facility"),
        certification_type: CertificationType::Fda,
        notes: None,
    }
}

/// Adds a certificate that is not there yet.
pub(crate) fn certification(tx: &mut Tx<'_>, report: Id<Report>, called: &str) -> Result<Certification> {
    match certification_progress::insert(tx, new_certification(report, called))? {
        Added::New(certification) => Ok(certification),
        other => panic!("a new certificate, not {other:?}"),
    }
}

/// A plan with one task for each day, called `t1` to `t7`.
pub(crate) fn new_plan() -> NewPlan {
    let task = |day: i64| NewTask {
        task_id: TaskId::parse(&format!("t{day}")).unwrap(),
        day_number: DayNumber::new(day).unwrap(),
        task_title: text("Apply"),
        task_description: None,
        task_category: None,
    };
    NewPlan::new((1..=7).map(task).collect()).unwrap()
}

/// A packing list without content.
pub(crate) fn new_document(report: Id<Report>) -> NewGeneratedDocument {
    NewGeneratedDocument {
        report_id: report,
        document_type: DocumentType::PackingList,
        data: DocumentData::of(JsonObject::default()).unwrap(),
        pdf_url: None,
        editable_url: None,
    }
}

pub(crate) fn new_chat_session(report: Id<Report>) -> NewChatSession {
    NewChatSession { report_id: report, context: ChatContext::default() }
}

/// A question with an answer of the same words.
pub(crate) fn exchange(words: &str) -> Exchange {
    let text = MessageText::parse(words).unwrap();
    Exchange { question: text.clone(), answer: text, sources: None }
}

/// One row in every table of `export`.
pub(crate) struct Owned {
    pub(crate) user: Id<User>,
    pub(crate) report: Id<Report>,
    pub(crate) certification: Id<Certification>,
    pub(crate) document: Id<GeneratedDocument>,
    pub(crate) session: Id<ChatSession>,
}

/// Makes them for the exporter with this address.
pub(crate) fn owned(tx: &mut Tx<'_>, address: &str) -> Result<Owned> {
    let user = exporter(tx, address)?.id;
    let report = reports::insert(tx, new_report(user))?.summary.id;
    let certification = certification(tx, report, "fda")?.id;
    action_plan_progress::put(tx, report, &new_plan())?;
    execute(tx, "DELETE FROM export.action_plan_progress WHERE task_id <> 't1'");
    let new = new_document(report);
    let findings = validate(new.document_type, &new.data, &Others::default());
    let document = generated_documents::insert(tx, new, findings)?.summary.id;
    let session = chat_sessions::insert(tx, new_chat_session(report), TimeDelta::hours(1))?.id;
    chat_messages::insert(tx, session, exchange("?"))?;
    execute(tx, "DELETE FROM export.chat_messages WHERE role = 'assistant'");
    let data = AnalysisData::of(Json::parse("{}").unwrap()).unwrap();
    let finance = FinanceFigures {
        working_capital_data: data.clone(),
        pre_shipment_credit_data: None,
        rodtep_benefit_data: None,
        gst_refund_data: None,
        cash_flow_timeline: None,
        financing_options: None,
    };
    finance_analysis::put(tx, report, &finance)?;
    let logistics = LogisticsFigures { route_analysis: Some(data), ..Default::default() };
    logistics_analysis::put(tx, report, &logistics)?;
    Ok(Owned { user, report, certification, document, session })
}
