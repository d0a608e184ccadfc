//! How many statements each use case of `export` costs, beside the transaction's own.

use domain::export::{
    AnalysisData, CertificationChanges, CertificationStatus, DaysSaved, DocumentFilter, DocumentType,
    Exchange, Figures, FinanceFigures, GeneratedDocumentChanges, LogisticsFigures, NewExport, ReportFilter,
};
use domain::{Amount, Json, MessageText, PageRequest};
use repository::testing::{TestDatabase, statements};
use repository::{Actor, Conn, Database, Failure, Tx};
use strongroom_service::export::{
    action_plan_progress, certification_progress, chat_messages, chat_sessions, finance_analysis,
    generated_documents, logistics_analysis, reports, user_metrics, users,
};

use crate::export_fixtures::{
    certification, chat_session, data, document, document_data, exporter, new_plan, new_report, report_of,
    task_id, valid_lut,
};

fn written<T, E: Failure + std::fmt::Debug>(
    database: &Database,
    work: impl Fn(&mut Tx<'_>) -> Result<T, E>,
) -> usize {
    count(|| drop(database.write("test", &Actor::system(), |tx| work(tx)).unwrap()))
}

fn read<T, E: Failure + std::fmt::Debug>(
    database: &Database,
    work: impl Fn(&mut Conn<'_>) -> Result<T, E>,
) -> usize {
    count(|| drop(database.read("test", &Actor::system(), |conn| work(conn)).unwrap()))
}

fn count(work: impl FnOnce()) -> usize {
    let found = statements(work);
    assert!(!found.is_empty(), "statements are heard of");
    found.len()
}

#[test]
fn use_cases_cost_as_few_statements_as_they_can() {
    let test = TestDatabase::new();
    let database = test.database();
    let setup = database.write("test", &Actor::system(), |tx| {
        let user = exporter(tx);
        let report = report_of(tx, user);
        Ok::<_, strongroom_service::Error>((user, report, certification(tx, report, "ce").id))
    });
    let (user, report, certificate) = setup.unwrap();
    let week =
        [1, 2, 3, 4, 5, 6, 7].map(|day| (["a", "b", "c", "d", "e", "f", "g"][day - 1], day as i64, "Apply"));
    let export =
        NewExport { exported_at: None, cost_savings: Amount::ZERO, timeline_reduction_days: DaysSaved::MIN };
    let done = CertificationChanges {
        status: Some(CertificationStatus::Completed),
        ..CertificationChanges::default()
    };
    let page = PageRequest::default();
    let filter = ReportFilter::default();

    assert_eq!(written(&database, |tx| reports::create(tx, new_report(user))), 1);
    assert_eq!(written(&database, |tx| action_plan_progress::put(tx, report, &new_plan(&week))), 2);
    assert_eq!(
        written(&database, |tx| action_plan_progress::set_completed(tx, report, &task_id("a"), true)),
        1
    );
    assert_eq!(written(&database, |tx| certification_progress::update(tx, certificate, done.clone())), 2);
    assert_eq!(written(&database, |tx| reports::complete(tx, report, Figures::default(), data("{}"))), 2);
    assert_eq!(written(&database, |tx| user_metrics::add_export(tx, user, &export)), 1);
    for cost in [
        read(&database, |conn| reports::get(conn, report)),
        read(&database, |conn| reports::list_for_user(conn, user, &filter, page)),
        read(&database, |conn| reports::list(conn, &filter, page)),
        read(&database, |conn| certification_progress::get(conn, certificate)),
        read(&database, |conn| certification_progress::list(conn, report, page)),
        read(&database, |conn| certification_progress::summary(conn, report)),
        read(&database, |conn| action_plan_progress::get(conn, report)),
        read(&database, |conn| user_metrics::get(conn, user)),
        read(&database, |conn| user_metrics::dashboard(conn, user)),
        read(&database, |conn| users::own_data(conn, user, PageRequest::default())),
    ] {
        assert_eq!(cost, 1);
    }
}

#[test]
fn documents_and_conversations_cost_as_few_statements_as_they_can() {
    let test = TestDatabase::new();
    let database = test.database();
    let setup = database.write::<_, strongroom_service::Error>("test", &Actor::system(), |tx| {
        let user = exporter(tx);
        let report = report_of(tx, user);
        let document = document(tx, report, DocumentType::GstLut, &valid_lut())?.summary.id;
        Ok((report, document, chat_session(tx, report)?.id))
    });
    let (report, lut, session) = setup.unwrap();
    let kind = DocumentType::ShippingBill;
    let text = MessageText::parse("?").unwrap();
    let exchange = Exchange { question: text.clone(), answer: text, sources: None };
    let no_change = GeneratedDocumentChanges::default();
    let (page, filter) = (PageRequest::default(), DocumentFilter::default());

    assert_eq!(written(&database, |tx| document(tx, report, kind, &valid_lut())), 3);
    assert_eq!(written(&database, |tx| generated_documents::update(tx, lut, no_change.clone())), 3);
    assert_eq!(written(&database, |tx| chat_session(tx, report)), 1);
    assert_eq!(written(&database, |tx| chat_messages::add(tx, session, exchange.clone())), 1);
    let part = AnalysisData::of(Json::parse("[]").unwrap()).unwrap();
    let logistics = LogisticsFigures { route_analysis: Some(part.clone()), ..LogisticsFigures::default() };
    let finance = FinanceFigures {
        working_capital_data: part,
        pre_shipment_credit_data: None,
        rodtep_benefit_data: None,
        gst_refund_data: None,
        cash_flow_timeline: None,
        financing_options: None,
    };
    for cost in [
        written(&database, |tx| finance_analysis::put(tx, report, &finance)),
        read(&database, |conn| finance_analysis::get(conn, report)),
        written(&database, |tx| logistics_analysis::put(tx, report, &logistics)),
        read(&database, |conn| logistics_analysis::get(conn, report)),
        read(&database, |conn| generated_documents::get(conn, lut)),
        read(&database, |conn| generated_documents::list(conn, report, filter, page)),
        read(&database, |conn| {
            generated_documents::preview(conn, report, kind, &document_data(&valid_lut()))
        }),
        read(&database, |conn| chat_sessions::get(conn, session)),
        read(&database, |conn| chat_sessions::list(conn, report, page)),
        read(&database, |conn| chat_messages::list(conn, session, page)),
        written(&database, |tx| generated_documents::delete(tx, lut)),
        written(&database, |tx| chat_sessions::delete(tx, session)),
    ] {
        assert_eq!(cost, 1);
    }
}
