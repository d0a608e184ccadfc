//! Three exporters: turmeric powder to the European Union, LED lamps to the United States, software to the United Kingdom.

use chrono::TimeDelta;
use domain::export::chat_messages::parse_question;
use domain::export::{
    AnalysisData, BusinessType, CertificationChanges, CertificationStatus, CertificationType, ChatContext,
    CompanySize, DayNumber, DocumentData, DocumentType, Exchange, Figures, FinanceFigures, LogisticsFigures,
    MonthlyVolume, NewCertification, NewChatSession, NewGeneratedDocument, NewPlan, NewReport, NewTask,
    NewUser, Report, TaskId, User,
};
use domain::{CompanyName, Email, Id, Json, JsonObject, MessageText, Text};
use repository::{Error as RepositoryError, Tx};

use super::{
    action_plan_progress, certification_progress, chat_messages, chat_sessions, finance_analysis,
    generated_documents, logistics_analysis, reports, users,
};
use crate::Result;
use crate::system::parse;

struct Exporter {
    email: &'static str,
    company: &'static str,
    business_type: BusinessType,
    company_size: CompanySize,
    monthly_volume: Option<i64>,
    product: &'static str,
    destination: &'static str,
    /// The report, as an agent wrote it.
    report: &'static str,
    /// A certificate that the report needs.
    certification: (&'static str, &'static str, CertificationType),
    document: (DocumentType, &'static str),
    exchange: (&'static str, &'static str),
    working_capital: &'static str,
    /// None where nothing is carried.
    routes: Option<&'static str>,
}

const EXPORTERS: [Exporter; 3] = [
    Exporter {
        email: "meera@suvarna-spices.example",
        company: "Suvarna Spices Pvt. Ltd.",
        business_type: BusinessType::Manufacturing,
        company_size: CompanySize::Small,
        monthly_volume: Some(1200),
        product: "Turmeric powder",
        destination: "Germany",
        report: r#"{"hs_code": {"code": "0910.30.30", "confidence": 92.5, "description": "Turmeric, ground"},
            "risk_score": 34,
            "costs": {"certifications": 45000, "documentation": 5000, "logistics": 30000, "total": 80000},
            "timeline": {"estimated_days": 45, "breakdown": [{"phase": "Certification", "duration_days": 20},
                {"phase": "Documents", "duration_days": 15}, {"phase": "Shipping", "duration_days": 10}]}}"#,
        certification: ("reach", "REACH declaration", CertificationType::Reach),
        document: (
            DocumentType::CommercialInvoice,
            r#"{"invoice_number": "SS/2026-27/014", "invoice_date": "2026-11-20",
                "exporter_name": "Suvarna Spices Pvt. Ltd.", "exporter_address": "12 Mill Road, Erode",
                "consignee_name": "Gewürzhaus GmbH", "consignee_address": "Hamburg", "destination_country": "Germany",
                "port_of_discharge": "Hamburg", "currency": "EUR", "payment_terms": "Letter of credit",
                "items": [{"description": "Turmeric powder, 500 g", "quantity": 500, "unit_price": "2.35"}],
                "total_value": "1175.00"}"#,
        ),
        exchange: (
            "Which residue limits apply?",
            "The EU limits ethylene oxide in turmeric to 0.1 mg/kg: have each lot tested.",
        ),
        working_capital: r#"{"needed": "450000.00", "until": "payment of the buyer, 60 days"}"#,
        routes: Some(r#"[{"from": "Tuticorin", "to": "Hamburg", "days": 26}]"#),
    },
    Exporter {
        email: "export@deepak-lighting.example",
        company: "Deepak Lighting Works",
        business_type: BusinessType::Merchant,
        company_size: CompanySize::Medium,
        monthly_volume: Some(5000),
        product: "LED lamps",
        destination: "United States",
        report: r#"{"hs_code": {"code": "8539.52", "confidence": 88, "description": "LED lamps"}, "risk_score": 52,
            "costs": {"certifications": 120000, "documentation": 8000, "logistics": 95000, "total": 223000},
            "timeline": {"estimated_days": 60, "breakdown": [{"phase": "Certification", "duration_days": 45},
                {"phase": "Shipping", "duration_days": 15}]}}"#,
        certification: ("bis", "BIS registration", CertificationType::Bis),
        document: (
            DocumentType::PackingList,
            r#"{"packing_list_number": "DL-77", "date": "2026-11-22", "exporter_name": "Deepak Lighting Works",
                "consignee_name": "Bright Homes Inc.", "items": [{"description": "LED lamp, 9 W", "quantity": 4000}],
                "total_packages": 80, "total_weight": "640 kg", "dimensions": ""}"#,
        ),
        exchange: (
            "Who certifies lamps for the US?",
            "A nationally recognised testing laboratory, such as UL.",
        ),
        working_capital: r#"{"needed": "1200000.00", "until": "payment of the buyer, 90 days"}"#,
        routes: Some(r#"[{"from": "Mundra", "to": "New York", "days": 31}]"#),
    },
    Exporter {
        email: "hello@ledgerly.example",
        company: "Ledgerly Software LLP",
        business_type: BusinessType::SaaS,
        company_size: CompanySize::Micro,
        monthly_volume: None,
        product: "Bookkeeping as a service",
        destination: "United Kingdom",
        report: r#"{"risk_score": 12, "costs": {"total": 15000}, "timeline": {"estimated_days": 14}}"#,
        certification: ("softex", "SOFTEX approval", CertificationType::Softex),
        document: (
            DocumentType::Softex,
            r#"{"softex_number": "STPI-2026-118", "date": "2026-11-24", "exporter_name": "Ledgerly Software LLP",
                "exporter_gstin": "29ABCDE1234F2ZV", "service_description": "Bookkeeping software, subscription",
                "service_recipient": "Thames Accounts Ltd", "recipient_country": "United Kingdom",
                "invoice_value": "4200.00", "currency": "GBP"}"#,
        ),
        exchange: (
            "Do I need an HS code?",
            "No: software that is delivered over a network is a service, declared by SOFTEX.",
        ),
        working_capital: r#"{"needed": "0.00"}"#,
        routes: None,
    },
];

/// What is to be done on each day.
const TASKS: [&str; 7] = [
    "Apply for an IEC",
    "File the letter of undertaking",
    "Ask for certificates",
    "Ask for freight quotes",
    "Draft the invoice",
    "Insure the goods",
    "Book the carriage",
];

/// How long the conversations last.
const CONVERSATION: TimeDelta = TimeDelta::days(30);

/// Loads the sample data, unless it is there; returns whether it did.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<bool> {
    let mut loaded = false;
    for exporter in &EXPORTERS {
        let new = exporter.user()?;
        if users::find_id_by_email(tx, &new.email)?.is_none() {
            let user = users::create(tx, new)?;
            exporter.work(tx, user.id)?;
            loaded = true;
        }
    }
    Ok(loaded)
}

impl Exporter {
    fn user(&self) -> Result<NewUser> {
        parse(|fields| {
            let email = fields.take("/email", Email::parse(self.email));
            let company_name = fields.take("/company_name", CompanyName::parse(self.company));
            let volume = self.monthly_volume.map(MonthlyVolume::new);
            let monthly_volume = fields.take_optional("/monthly_volume", volume);
            let Self { business_type, company_size, .. } = *self;
            let monthly_volume = monthly_volume?;
            Some(NewUser { email: email?, business_type, company_size, company_name, monthly_volume })
        })
    }

    /// A report that is completed, with a row of everything that hangs on it.
    fn work(&self, tx: &mut Tx<'_>, user: Id<User>) -> Result<()> {
        let report = reports::create(tx, self.report(user)?)?.summary.id;
        reports::complete(tx, report, Figures::default(), object(self.report)?)?;
        self.certify(tx, report)?;
        action_plan_progress::put(tx, report, &plan()?)?;
        let (document_type, data) = self.document;
        let data = parse(|fields| fields.take("/document_data", DocumentData::of(object(data).ok()?)))?;
        let new = NewGeneratedDocument {
            report_id: report,
            document_type,
            data,
            pdf_url: None,
            editable_url: None,
        };
        generated_documents::create(tx, new)?;
        self.chat(tx, report)?;
        finance_analysis::put(tx, report, &self.finances()?)?;
        if let Some(routes) = self.routes {
            let figures = LogisticsFigures { route_analysis: Some(analysis(routes)?), ..Default::default() };
            logistics_analysis::put(tx, report, &figures)?;
        }
        Ok(())
    }

    fn report(&self, user_id: Id<User>) -> Result<NewReport> {
        parse(|fields| {
            let product_name = fields.take("/product_name", Text::parse(self.product));
            let destination_country = fields.take("/destination_country", Text::parse(self.destination));
            Some(NewReport {
                user_id,
                product_name: product_name?,
                destination_country: destination_country?,
                product_image_url: None,
                ingredients: None,
                bom: None,
                business_type: None,
                company_size: None,
                monthly_volume: None,
                price_range: None,
                payment_mode: None,
            })
        })
    }

    fn certify(&self, tx: &mut Tx<'_>, report_id: Id<Report>) -> Result<()> {
        let (id, name, certification_type) = self.certification;
        let new = parse(|fields| {
            let certification_id = fields.take("/certification_id", Text::parse(id))?;
            let certification_name = fields.take("/certification_name", Text::parse(name))?;
            Some(NewCertification {
                report_id,
                certification_id,
                certification_name,
                certification_type,
                notes: None,
            })
        })?;
        let (certification, _) = certification_progress::add(tx, new)?;
        let begun =
            CertificationChanges { status: Some(CertificationStatus::InProgress), ..Default::default() };
        certification_progress::update(tx, certification.id, begun)?;
        Ok(())
    }

    fn chat(&self, tx: &mut Tx<'_>, report_id: Id<Report>) -> Result<()> {
        let (question, answer) = self.exchange;
        let exchange = parse(|fields| {
            let question = fields.take("/question", parse_question(question));
            let answer = fields.take("/answer", MessageText::parse(answer));
            Some(Exchange { question: question?, answer: answer?, sources: None })
        })?;
        let new = NewChatSession { report_id, context: ChatContext::default() };
        let session = chat_sessions::create(tx, new, CONVERSATION)?;
        chat_messages::add(tx, session.id, exchange)?;
        Ok(())
    }

    fn finances(&self) -> Result<FinanceFigures> {
        Ok(FinanceFigures {
            working_capital_data: analysis(self.working_capital)?,
            pre_shipment_credit_data: None,
            rodtep_benefit_data: None,
            gst_refund_data: None,
            cash_flow_timeline: None,
            financing_options: None,
        })
    }
}

fn plan() -> Result<NewPlan> {
    let mut tasks = Vec::new();
    for (title, day) in TASKS.iter().zip(1..) {
        tasks.push(parse(|fields| {
            let task_id = fields.take("/task_id", TaskId::parse(&format!("day-{day}")));
            let day_number = fields.take("/day_number", DayNumber::new(day));
            let task_title = fields.take("/task_title", Text::parse(title));
            let (task_description, task_category) = (None, None);
            Some(NewTask {
                task_id: task_id?,
                day_number: day_number?,
                task_title: task_title?,
                task_description,
                task_category,
            })
        })?);
    }
    Ok(NewPlan::new(tasks)?)
}

fn object(text: &str) -> Result<JsonObject> {
    Ok(domain::json::from_trusted(text).map_err(malformed)?)
}

fn analysis(text: &str) -> Result<AnalysisData> {
    let json = Json::parse(text).map_err(malformed)?;
    parse(|fields| fields.take("", AnalysisData::of(json)))
}

fn malformed(error: impl std::fmt::Display) -> RepositoryError {
    RepositoryError::Invalid(error.to_string())
}

#[cfg(test)]
mod tests {
    use domain::PageRequest;
    use domain::export::{ReportFilter, ReportStatus};
    use repository::testing;

    use super::*;

    #[test]
    fn it_loads_once_and_every_exporter_has_a_completed_report() {
        testing::check(|tx| {
            assert!(load(tx).unwrap());
            assert!(!load(tx).unwrap());
            for exporter in &EXPORTERS {
                let email = Email::parse(exporter.email).unwrap();
                let user = users::find_id_by_email(tx, &email).unwrap().unwrap();
                let page = reports::list_for_user(tx, user, &ReportFilter::default(), PageRequest::default());
                let found = page.unwrap().items;
                let codes: Vec<_> = found.iter().map(|report| report.figures.hs_code.is_some()).collect();
                assert_eq!(codes, [exporter.business_type != BusinessType::SaaS]);
                assert!(found.iter().all(|report| report.status == ReportStatus::Completed));
            }
        });
    }
}
