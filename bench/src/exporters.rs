//! Users of `export` that requests are about, each with reports and a conversation.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{self, Binary, Integer};
use repository::codec::{OVERHEAD, VERSION};
use repository::domain::export::{
    BusinessType, ChatContext, ChatSession, CompanySize, Exchange, Figures, NewChatSession, NewReport,
    NewUser, Report, User,
};
use repository::domain::identity::{NewPassword, PasswordRules};
use repository::domain::{CompanyName, Email, Id, JsonObject, MessageText, Text, json};
use repository::{Actor, Database, Tx};
use service::export::{chat_messages, chat_sessions, reports, users};
use service::identity::{Cost, EndUser, FirstPassword, Passwords};

/// Reports of each: more than a page.
const REPORTS: usize = 60;

/// Questions with their answers in each conversation: more than a page of messages.
const EXCHANGES: usize = 30;

/// What everybody logs in with.
pub(crate) const PASSWORD: &str = "Turmeric to Hamburg 7";

/// What is asked and answered.
pub(crate) const QUESTION: &str = "Which certificate comes first?";
pub(crate) const ANSWER: &str =
    "Begin with REACH: the laboratory takes three weeks, and everything else can wait for it.";

/// A report as an agent writes it, of some two kilobytes.
const REPORT: &str = r#"{
    "hs_code": {"code": "09103030", "confidence": 92.5, "description": "Turmeric, crushed or ground"},
    "risk_score": 34,
    "costs": {"certifications": 45000, "documentation": 5000, "logistics": 30000, "total": 80000, "currency": "INR"},
    "timeline": {"estimated_days": 45, "breakdown": [
        {"phase": "Certification", "duration_days": 20, "depends_on": []},
        {"phase": "Documents", "duration_days": 15, "depends_on": ["Certification"]},
        {"phase": "Shipping", "duration_days": 10, "depends_on": ["Documents"]}]},
    "certifications": [
        {"id": "reach", "name": "REACH declaration", "mandatory": true, "cost": {"min": 8000, "max": 15000}, "days": 20},
        {"id": "fssai", "name": "FSSAI licence", "mandatory": true, "cost": {"min": 2000, "max": 7500}, "days": 30},
        {"id": "spices-board", "name": "Spices Board CRES", "mandatory": true, "cost": {"min": 5000, "max": 5000}, "days": 10},
        {"id": "organic", "name": "NPOP organic", "mandatory": false, "cost": {"min": 20000, "max": 60000}, "days": 90}],
    "documents": ["Commercial invoice", "Packing list", "Certificate of origin", "Phytosanitary certificate"],
    "risks": [
        {"title": "Sudan dyes", "severity": "high", "text": "Consignments are tested for Sudan I to IV on arrival: have each batch tested before it is shipped."},
        {"title": "Lead chromate", "severity": "high", "text": "The limit is 1.5 mg/kg. Buy from growers who polish without pigments, and keep the certificates of analysis."},
        {"title": "Salmonella", "severity": "medium", "text": "Steam sterilisation is asked for by most buyers in Germany; contracts should name the treatment."}],
    "subsidies": [{"name": "RoDTEP", "percentage": 1.2}, {"name": "Transport and marketing assistance", "percentage": 3.5}],
    "summary": "Ready in about seven weeks, if the laboratory is booked this week."
}"#;

/// An exporter with a report that is completed and a conversation about it.
#[derive(Debug)]
pub(crate) struct Exporter {
    /// The user.
    pub(crate) user: Id<User>,
    /// What the user logs in with.
    pub(crate) email: Email,
    /// A report with everything in it.
    pub(crate) report: Id<Report>,
    /// A conversation about it.
    pub(crate) session: Id<ChatSession>,
}

/// What all exporters have alike, made once.
pub(crate) struct Common {
    password: FirstPassword,
    report: JsonObject,
}

impl Common {
    /// Hashes [`PASSWORD`] as the service does, and reads the report.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let password = NewPassword::parse(PASSWORD, &PasswordRules::default())?;
        let deadline = Instant::now() + Duration::from_secs(60);
        let password = FirstPassword::prepare(&Passwords::new(Cost::default())?, &password, deadline)?;
        Ok(Self { password, report: json::from_trusted(REPORT)? })
    }
}

/// Makes one, who can log in, with as many reports and messages as pages are measured with.
pub(crate) fn settle_one(tx: &mut Tx<'_>, common: &Common) -> Result<Exporter, service::Error> {
    let exporter = new_exporter(tx, &common.report)?;
    common.password.store(tx, EndUser { system: "export", id: exporter.user.uuid() })?;
    for _ in 1..REPORTS {
        new_report(tx, exporter.user, &common.report)?;
    }
    converse(tx, exporter.session)?;
    Ok(exporter)
}

fn new_exporter(tx: &mut Tx<'_>, report: &JsonObject) -> Result<Exporter, service::Error> {
    let email = Email::from_trusted(format!("exporter.{}@example.com", Id::<User>::generate()));
    let new = NewUser {
        email: email.clone(),
        business_type: BusinessType::Merchant,
        company_size: CompanySize::Small,
        company_name: Some(CompanyName::from_trusted("Suvarna Spices Pvt. Ltd.".to_owned())),
        monthly_volume: None,
    };
    let user = users::create(tx, new)?.id;
    let report = new_report(tx, user, report)?;
    let session = NewChatSession { report_id: report, context: ChatContext::default() };
    let session = chat_sessions::create(tx, session, TimeDelta::hours(24))?.id;
    Ok(Exporter { user, email, report, session })
}

fn new_report(tx: &mut Tx<'_>, user_id: Id<User>, report: &JsonObject) -> Result<Id<Report>, service::Error> {
    let new = NewReport {
        user_id,
        product_name: Text::from_trusted("Turmeric powder".to_owned()),
        destination_country: Text::from_trusted("Germany".to_owned()),
        product_image_url: None,
        ingredients: None,
        bom: None,
        business_type: None,
        company_size: None,
        monthly_volume: None,
        price_range: None,
        payment_mode: None,
    };
    let id = reports::create(tx, new)?.summary.id;
    reports::complete(tx, id, Figures::default(), report.clone())?;
    Ok(id)
}

/// Fills a page of messages, and more.
fn converse(tx: &mut Tx<'_>, session: Id<ChatSession>) -> Result<(), service::Error> {
    let text = |text: &str| MessageText::from_trusted(text.to_owned());
    for _ in 0..EXCHANGES {
        let exchange = Exchange { question: text(QUESTION), answer: text(ANSWER), sources: None };
        chat_messages::add(tx, session, exchange)?;
    }
    Ok(())
}

/// An exporter with so many reports, and with so many messages in one conversation. A list looks at the newest alone: the
/// others have nothing in them that could be opened.
pub(crate) fn fill(
    database: &Database,
    superuser: &mut PgConnection,
    rows: usize,
) -> anyhow::Result<Exporter> {
    let (operation, actor, number) = ("bench.fill", Actor::system(), i32::try_from(rows)?);
    let common = Common::new()?;
    let exporter = database.write(operation, &actor, |tx| new_exporter(tx, &common.report))?;
    diesel::sql_query(
        "INSERT INTO export.reports (user_id, product_name, destination_country, business_type, company_size, created_at)
         SELECT $1, 'Turmeric powder', 'Germany', 'Merchant', 'Small', now() - n * interval '1 second'
           FROM generate_series(1, $2) AS n",
    )
    .bind::<sql_types::Uuid, _>(exporter.user.uuid())
    .bind::<Integer, _>(number)
    .execute(superuser)
    .context("the reports of a list could not be made")?;
    diesel::sql_query(
        "INSERT INTO export.chat_messages (session_id, role, content, created_at)
         SELECT $1, 'user', $3, now() - n * interval '1 second' FROM generate_series(1, $2) AS n",
    )
    .bind::<sql_types::Uuid, _>(exporter.session.uuid())
    .bind::<Integer, _>(number)
    .bind::<Binary, _>(vec![VERSION; OVERHEAD + QUESTION.len()])
    .execute(superuser)
    .context("the messages of a list could not be made")?;
    database.write(operation, &actor, |tx| -> Result<(), service::Error> {
        for _ in 1..REPORTS {
            new_report(tx, exporter.user, &common.report)?;
        }
        converse(tx, exporter.session)
    })?;
    Ok(exporter)
}
