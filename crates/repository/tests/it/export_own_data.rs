//! Everything that is kept of an exporter, page by page.

use strongroom_repository::domain::export::{Figures, HsCode};
use strongroom_repository::domain::{Amount, Id, JsonObject, Limit, Note, PageRequest, Percentage, json};
use strongroom_repository::export::{own_data, reports, users};
use strongroom_repository::testing::{TestDatabase, execute};
use strongroom_repository::{Actor, Error, OwnRow, Tx, testing};

use crate::export_fixtures::{exporter, new_report, owned};

fn pages(tx: &mut Tx<'_>, user: Id<strongroom_repository::domain::export::User>) -> Vec<Vec<OwnRow>> {
    let mut request = PageRequest { limit: Limit::new(100).unwrap(), after: None };
    let mut pages = Vec::new();
    loop {
        let page = own_data::page(tx, user, request).unwrap();
        pages.push(page.items);
        request.after = page.next;
        if request.after.is_none() {
            return pages;
        }
    }
}

fn value(row: &OwnRow, name: &str) -> String {
    row.row.fields().get(name).map_or_else(|| "absent".to_owned(), ToString::to_string)
}

#[test]
fn rows_come_in_the_order_of_the_tables_with_what_is_sealed_opened() {
    testing::check(|tx| {
        let mine = owned(tx, "a@x.example").unwrap();
        owned(tx, "b@x.example").unwrap();
        let [rows] = &pages(tx, mine.user)[..] else { panic!("one page") };
        let tables: Vec<_> = rows.iter().map(|row| row.table).collect();
        assert_eq!(
            tables,
            [
                "users",
                "reports",
                "certification_progress",
                "generated_documents",
                "action_plan_progress",
                "chat_sessions",
                "chat_messages",
                "finance_analysis",
                "logistics_analysis",
                "user_metrics"
            ]
        );
        let user = &rows[0];
        assert_eq!(value(user, "email"), r#""a@x.example""#);
        assert_eq!(value(user, "company_name"), r#""Suvarna Spices""#);
        assert_eq!((value(user, "monthly_volume"), value(user, "deleted_at")), ("250".into(), "null".into()));
        assert_eq!(
            (value(user, "email_bidx"), value(user, "deletion_id")),
            ("absent".into(), "absent".into())
        );
        let made = value(user, "created_at");
        assert!(made.ends_with("+00:00\""), "{made}");
        assert_eq!(value(&rows[9], "cost_savings"), r#""0.00""#);
        let document = (value(&rows[3], "document_data"), value(&rows[3], "document_data_bidx"));
        assert_eq!((document, value(&rows[6], "content")), (("{}".into(), "absent".into()), r#""?""#.into()));
    });
}

#[test]
fn a_report_is_whole_and_a_deleted_one_is_among_them() {
    testing::check(|tx| {
        let user = exporter(tx, "a@x.example").unwrap().id;
        let [completed, failed] = [1, 2].map(|_| reports::insert(tx, new_report(user)).unwrap().summary.id);
        let data: JsonObject =
            json::from_trusted(r#"{"price": 0.10, "large": 12345678901234567890.5}"#).unwrap();
        let figures = Figures {
            hs_code: HsCode::parse("091030").ok(),
            hs_code_confidence: Percentage::parse("61.5").ok(),
            estimated_cost: Amount::parse("80000").ok(),
            ..Figures::default()
        };
        reports::complete(tx, completed, figures, data.clone()).unwrap().unwrap();
        reports::fail(tx, failed, Some(&Note::parse("no model").unwrap())).unwrap().unwrap();
        reports::soft_delete(tx, completed, None).unwrap();
        let rows = pages(tx, user).concat();
        assert_eq!(rows[1].row.fields()["report_data"], serde_json::Value::Object(data.into_fields()));
        assert_eq!(
            (value(&rows[1], "estimated_cost"), value(&rows[1], "hs_code_confidence")),
            ("\"80000.00\"".into(), "\"61.50\"".into())
        );
        assert!(value(&rows[1], "deleted_at").starts_with('"'));
        assert_eq!(
            (value(&rows[2], "failure_reason"), value(&rows[2], "deleted_at")),
            ("\"no model\"".into(), "null".into())
        );
    });
}

#[test]
fn a_page_ends_at_100_rows_or_8_mib() {
    testing::check(|tx| {
        let user = exporter(tx, "a@x.example").unwrap().id;
        let others = exporter(tx, "b@x.example").unwrap().id;
        reports::insert(tx, new_report(others)).unwrap();
        for _ in 0..150 {
            reports::insert(tx, new_report(user)).unwrap();
        }
        let sizes = |pages: &[Vec<OwnRow>]| pages.iter().map(Vec::len).collect::<Vec<_>>();
        let before = pages(tx, user);
        assert_eq!(sizes(&before), [100, 52]);
        let ids: std::collections::BTreeSet<_> = before.concat().iter().map(|row| value(row, "id")).collect();
        assert_eq!(ids.len(), 152);
        // The first is larger than a page; of the next six a page holds two.
        execute(
            tx,
            "WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM export.reports WHERE user_id IN
                                   (SELECT user_id FROM export.reports GROUP BY user_id HAVING count(*) > 1))
             UPDATE export.reports r SET report_data = jsonb_build_object('x', repeat('x', CASE n WHEN 1 THEN 9000000 ELSE 3500000 END))
               FROM numbered WHERE numbered.id = r.id AND n <= 7;",
        );
        assert_eq!(sizes(&pages(tx, user)), [1, 1, 2, 2, 100, 46]);
    });
}

#[test]
fn a_deleted_user_has_none() {
    testing::check(|tx| {
        let rows = owned(tx, "a@x.example").unwrap();
        users::soft_delete(tx, rows.user, None).unwrap();
        for user in [rows.user, Id::generate()] {
            let absent = own_data::page(tx, user, PageRequest::default()).unwrap_err();
            assert!(matches!(absent, Error::NotFound("user")), "{absent:?}");
        }
    });
}

#[test]
fn an_end_user_reads_its_own_rows_and_no_others_in_one_statement() {
    let test = TestDatabase::new();
    let database = test.database();
    let make = |address: &str| {
        database.write::<_, Error>("test", &Actor::system(), |tx| owned(tx, address)).unwrap().user
    };
    let (asha, bina) = (make("asha@x.example"), make("bina@x.example"));
    let as_asha = Actor::end_user("export", asha.uuid());
    let statements = testing::statements(|| {
        let page = database
            .read("test", &as_asha, |conn| own_data::page(conn, asha, PageRequest::default()))
            .unwrap();
        assert_eq!((page.items.len(), page.next), (10, None));
    });
    assert_eq!(statements.len(), 1, "{statements:#?}");
    let refused = database
        .read("test", &as_asha, |conn| own_data::page(conn, bina, PageRequest::default()))
        .unwrap_err();
    assert!(matches!(refused, Error::NotFound("user")), "{refused:?}");
}
