//! No read of an exporter's rows goes through a large table, as the service or as an end user, and no list brings along what
//! makes a report long. The statements are the repository's own, and PostgreSQL counts the rows that it looked at.

use strongroom_repository::domain::export::{
    DocumentData, DocumentFilter, DocumentType, HsPrefix, ReportFilter, ReportStatus, RiskScore,
};
use strongroom_repository::domain::{Id, Limit, PageRequest, Position, json};
use strongroom_repository::export::{
    action_plan_progress, certification_progress, chat_messages, chat_sessions, dashboard, finance_analysis,
    generated_documents, logistics_analysis, own_data, reports,
};
use strongroom_repository::testing::{self, TestDatabase};
use strongroom_repository::{Actor, Conn, Database, Error, Result};
use uuid::Uuid;

use crate::fixtures::text;

/// 200 users with 500 reports each, five certificates, two tasks, two documents, and one of each of the others to a report.
const MANY: &str = r#"
    SET session_replication_role = replica;
    CREATE FUNCTION pg_temp.key(kind INTEGER, n INTEGER) RETURNS uuid LANGUAGE sql AS
        $$ SELECT format('%s-0000-0000-0000-%s', lpad(kind::text, 8, '0'), lpad(n::text, 12, '0'))::uuid $$;
    CREATE FUNCTION pg_temp.sealed() RETURNS bytea LANGUAGE sql AS $$ SELECT '\x01'::bytea || sha256('') $$;
    INSERT INTO export.users (id, email, email_bidx, business_type, company_size)
    SELECT pg_temp.key(0, n), pg_temp.sealed(), sha256(n::text::bytea), 'SaaS', 'Micro' FROM generate_series(0, 199) n;
    INSERT INTO export.user_metrics (user_id) SELECT id FROM export.users;
    INSERT INTO export.reports (id, user_id, product_name, destination_country, business_type, company_size, hs_code,
                                risk_score, status, report_data, created_at)
    SELECT pg_temp.key(1, n), pg_temp.key(0, n % 200), 'Turmeric', 'Country ' || n % 50, 'SaaS', 'Micro',
           CASE WHEN n % 20 > 3 THEN lpad((n::bigint * 7919 % 1000000)::text, 6, '0') END,
           CASE WHEN n % 20 > 3 THEN n % 101 END,
           CASE n % 20 WHEN 0 THEN 'failed' WHEN 1 THEN 'processing' WHEN 2 THEN 'processing' WHEN 3 THEN 'processing'
                       ELSE 'completed' END,
           '{"summary": "as long as a report is"}', now() - n * interval '1 minute'
      FROM generate_series(0, 99999) n;
    INSERT INTO export.certification_progress (id, user_id, report_id, certification_id, certification_name,
                                               certification_type, status, started_at)
    SELECT pg_temp.key(2, n), pg_temp.key(0, n / 5 % 200), pg_temp.key(1, n / 5), 'c' || n, 'FDA', 'FDA', 'in_progress', now()
      FROM generate_series(0, 499999) n;
    INSERT INTO export.action_plan_progress (id, user_id, report_id, task_id, task_title, day_number)
    SELECT pg_temp.key(3, n), pg_temp.key(0, n / 2 % 200), pg_temp.key(1, n / 2), 't' || n, 'Apply', 1
      FROM generate_series(0, 199999) n;
    INSERT INTO export.generated_documents (id, user_id, report_id, document_type, document_data, document_data_bidx,
                                            is_valid, created_at)
    SELECT pg_temp.key(4, n), pg_temp.key(0, n / 2 % 200), pg_temp.key(1, n / 2),
           CASE n % 2 WHEN 0 THEN 'commercial_invoice' ELSE 'gst_lut' END, pg_temp.sealed(),
           CASE n % 2 WHEN 0 THEN sha256(n::text::bytea) END, n % 3 = 0, now() - n * interval '1 minute'
      FROM generate_series(0, 199999) n;
    INSERT INTO export.chat_sessions (id, user_id, report_id, expires_at)
    SELECT pg_temp.key(5, n), pg_temp.key(0, n % 200), pg_temp.key(1, n), now() + n % 2 * interval '1 hour'
      FROM generate_series(0, 99999) n;
    INSERT INTO export.chat_messages (id, session_id, role, content)
    SELECT pg_temp.key(6, n), pg_temp.key(5, n / 2), 'user', pg_temp.sealed() FROM generate_series(0, 199999) n;
    INSERT INTO export.finance_analysis (id, user_id, report_id, working_capital_data)
    SELECT pg_temp.key(7, n), pg_temp.key(0, n % 200), pg_temp.key(1, n), '{}' FROM generate_series(0, 99999) n;
    INSERT INTO export.logistics_analysis (id, user_id, report_id, route_analysis)
    SELECT pg_temp.key(8, n), pg_temp.key(0, n % 200), pg_temp.key(1, n), '{}' FROM generate_series(0, 99999) n"#;

const USER: Id<strongroom_repository::domain::export::User> = Id::from_uuid(Uuid::from_u128(7));
const REPORT: Uuid = Uuid::from_u128((1 << 96) | 0x4007);
const DOCUMENT: Uuid = Uuid::from_u128((4 << 96) | 0x8014);
const SESSION: Uuid = Uuid::from_u128((5 << 96) | 0x4007);

/// Fails in a transaction that read a row of a large table without an index, or more than a tenth of the reports by one. The
/// counts of a connection are its own until they are flushed, so the next transaction counts from zero.
const FEW: &str = "DO $$
    DECLARE
        looked RECORD;
    BEGIN
        PERFORM pg_stat_force_next_flush();
        FOR looked IN SELECT relname, seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables
                       WHERE schemaname = 'export' AND relname NOT IN ('users', 'user_metrics') LOOP
            IF looked.seq_tup_read > 0 OR looked.idx_tup_fetch > 10000 THEN
                RAISE EXCEPTION 'of %, % rows were scanned and % fetched, for NAME', looked.relname, looked.seq_tup_read, looked.idx_tup_fetch;
            END IF;
        END LOOP;
    END $$";

type Read = Box<dyn Fn(&mut Conn<'_>) -> Result<()>>;

fn read<T>(work: impl Fn(&mut Conn<'_>) -> Result<T> + 'static) -> Read {
    Box::new(move |conn| work(conn).map(drop))
}

fn filters() -> Vec<ReportFilter> {
    let none = ReportFilter::default();
    let time = |text: &str| Some(text.parse().unwrap());
    let prefix = |text: &str| HsPrefix::parse(text).ok();
    let risk = |score: i64| RiskScore::new(score).ok();
    let mut filters = vec![
        none.clone(),
        ReportFilter { hs_code: prefix("09"), ..none.clone() },
        ReportFilter { hs_code: prefix("091030"), ..none.clone() },
        ReportFilter { hs_code: prefix("9999999999"), ..none.clone() },
        ReportFilter { destination: Some(text("Country 7")), ..none.clone() },
        ReportFilter { destination: Some(text("Atlantis")), ..none.clone() },
        ReportFilter { from: time("2026-01-01T00:00:00Z"), to: time("2026-01-02T00:00:00Z"), ..none.clone() },
        ReportFilter { min_risk: risk(100), ..none.clone() },
        ReportFilter { max_risk: risk(0), ..none.clone() },
        ReportFilter { min_risk: risk(40), max_risk: risk(41), ..none.clone() },
        ReportFilter { status: Some(ReportStatus::Failed), min_risk: risk(1), ..none.clone() },
        ReportFilter {
            status: Some(ReportStatus::Completed),
            hs_code: prefix("0910"),
            destination: Some(text("Country 7")),
            ..none.clone()
        },
    ];
    filters.extend(
        ReportStatus::ALL.iter().map(|&status| ReportFilter { status: Some(status), ..none.clone() }),
    );
    filters
}

/// The first page, and one from the middle.
fn pages() -> [PageRequest; 2] {
    let middle = Position { at: "2026-02-01T00:00:00Z".parse().unwrap(), id: REPORT };
    [None, Some(middle)].map(|after| PageRequest { limit: Limit::default(), after })
}

/// Every read of a user's own rows that programs and end users can make.
fn reads_of_a_user() -> Vec<(String, Read)> {
    let report = Id::from_uuid(REPORT);
    let mut reads: Vec<(String, Read)> = vec![
        ("a report".into(), read(move |conn| reports::get(conn, report))),
        ("a summary".into(), read(move |conn| certification_progress::summary(conn, report))),
        ("a plan".into(), read(move |conn| action_plan_progress::get(conn, report))),
        ("a dashboard".into(), read(|conn| dashboard::for_user(conn, USER))),
        ("own data".into(), read(|conn| does_not_open(own_data::page(conn, USER, PageRequest::default())))),
    ];
    reads.extend(reads_of_documents());
    for page in pages() {
        let list = read(move |conn| certification_progress::list_for_report(conn, report, page));
        reads.push((format!("certificates, {page:?}"), list));
        for filter in filters() {
            let name = format!("reports of a user, {filter:?}, {page:?}");
            reads.push((name, read(move |conn| reports::list_for_user(conn, USER, &filter, page))));
        }
    }
    reads
}

/// Those of documents, conversations and analyses.
fn reads_of_documents() -> Vec<(String, Read)> {
    let (report, document, session) =
        (Id::from_uuid(REPORT), Id::from_uuid(DOCUMENT), Id::from_uuid(SESSION));
    let invoice = DocumentData::of(json::from_trusted(r#"{"invoice_number": "8014"}"#).unwrap()).unwrap();
    let (kind, data) = (DocumentType::CommercialInvoice, invoice.clone());
    let number =
        read(move |conn| generated_documents::find_others(conn, report, kind, &data, Some(document)));
    let kind = DocumentType::ShippingBill;
    let exporter =
        read(move |conn| does_not_open(generated_documents::find_others(conn, report, kind, &invoice, None)));
    let mut reads: Vec<(String, Read)> = vec![
        ("a number".into(), number),
        ("the exporter of another document".into(), exporter),
        ("a document".into(), read(move |conn| does_not_open(generated_documents::get(conn, document)))),
        ("a conversation".into(), read(move |conn| chat_sessions::get(conn, session))),
        ("finances".into(), read(move |conn| finance_analysis::get_for_report(conn, report))),
        ("logistics".into(), read(move |conn| logistics_analysis::get_for_report(conn, report))),
    ];
    for page in pages() {
        let sessions = read(move |conn| chat_sessions::list_for_report(conn, report, page));
        reads.push((format!("conversations, {page:?}"), sessions));
        for (document_type, is_valid) in
            [(None, None), (Some(DocumentType::GstLut), None), (None, Some(true))]
        {
            let filter = DocumentFilter { document_type, is_valid };
            let list = read(move |conn| generated_documents::list_for_report(conn, report, filter, page));
            reads.push((format!("documents, {filter:?}, {page:?}"), list));
        }
    }
    let history = PageRequest::default();
    let history = read(move |conn| does_not_open(chat_messages::list_for_session(conn, session, history)));
    reads.push(("history".into(), history));
    reads
}

/// The values are no envelopes, and nothing is opened before everything is read.
fn does_not_open<T: std::fmt::Debug>(outcome: Result<T>) -> Result<()> {
    match outcome {
        Err(Error::Corrupt { .. }) => Ok(()),
        other => panic!("a value that does not open, not {other:?}"),
    }
}

fn reads_of_all() -> Vec<(String, Read)> {
    let lists = pages().into_iter().flat_map(|page| filters().into_iter().map(move |filter| (page, filter)));
    let named = |(page, filter): (PageRequest, ReportFilter)| {
        (format!("all reports, {filter:?}, {page:?}"), read(move |conn| reports::list(conn, &filter, page)))
    };
    lists.map(named).collect()
}

fn many() -> (TestDatabase, Database) {
    let test = TestDatabase::new();
    test.sabotage(MANY);
    test.sabotage("VACUUM ANALYZE");
    // One connection, so that PostgreSQL sees each statement often enough to plan it once for all values.
    let database = test.database_with(|options| {
        (options.size, options.max_overflow) = (1, 0);
    });
    (test, database)
}

#[test]
fn no_read_goes_through_a_large_table() {
    let (_test, database) = many();
    let end_user = Actor::end_user("export", USER.uuid());
    let as_service = reads_of_a_user().into_iter().chain(reads_of_all()).map(|read| (Actor::system(), read));
    let as_end_user = reads_of_a_user().into_iter().map(|read| (end_user.clone(), read));
    for (actor, (name, read)) in as_service.chain(as_end_user) {
        for _ in 0..7 {
            let outcome = database.write::<_, Error>("test", &actor, |tx| {
                read(tx)?;
                testing::execute(tx, &FEW.replace("NAME", &name.replace('%', "")));
                Ok(())
            });
            outcome.unwrap_or_else(|error| panic!("{actor}: {name}: {error}"));
        }
    }
}

#[test]
fn lists_leave_out_what_is_long_and_are_one_statement() {
    let test = TestDatabase::new();
    let database = test.database();
    for (name, read) in reads_of_all() {
        let statements =
            testing::statements(|| database.read("test", &Actor::system(), |conn| read(conn)).unwrap());
        let [statement] = &statements[..] else { panic!("{name}: {statements:#?}") };
        assert!(statement.contains("product_name"), "{statement}");
        assert!(
            !["report_data", "ingredients", "bom"].iter().any(|long| statement.contains(long)),
            "{statement}"
        );
    }
    let list = |conn: &mut Conn<'_>| {
        let (filter, page) = (DocumentFilter::default(), PageRequest::default());
        generated_documents::list_for_report(conn, Id::from_uuid(REPORT), filter, page)
    };
    let statements = testing::statements(|| drop(database.read("test", &Actor::system(), list).unwrap()));
    let [statement] = &statements[..] else { panic!("{statements:#?}") };
    assert!(statement.contains("is_valid") && !statement.contains("document_data"), "{statement}");
}
