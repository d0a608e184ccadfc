//! Exporters.

use strongroom_repository::domain::export::{BusinessType, UserChanges};
use strongroom_repository::domain::{Amount, Id, Limit, PageRequest};
use strongroom_repository::export::{SYSTEM, reports, user_metrics, users};
use strongroom_repository::platform::credentials;
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Error, testing};

use crate::export_fixtures::{email, exporter, new_user, owned};

#[test]
fn an_exporter_comes_back_as_it_went_in() {
    testing::check(|tx| {
        let stored = exporter(tx, " A.Sen@Example.com").unwrap();
        assert_eq!(stored.email.expose(), "a.sen@example.com");
        assert_eq!((stored.created_at, stored.last_login, stored.row_version), (tx.now, None, 1));
        assert_eq!(users::get(tx, stored.id).unwrap(), stored);
        let found = users::find_by_email(tx, &email("a.sen@EXAMPLE.com")).unwrap();
        assert_eq!(found, Some(stored.clone()));
        assert_eq!(users::find_id_by_email(tx, &stored.email).unwrap(), Some(stored.id));
        assert_eq!(users::find_by_email(tx, &email("asen@example.com")).unwrap(), None);
        let metrics = user_metrics::get_for_user(tx, stored.id).unwrap();
        assert_eq!((metrics.user_id, metrics.exports_completed), (stored.id, 0));
        assert_eq!((metrics.cost_savings, metrics.last_export_date), (Amount::ZERO, None));
    });
}

#[test]
fn an_address_belongs_to_one_user_at_a_time() {
    testing::check(|tx| {
        let (first, second) = (exporter(tx, "a@x.example").unwrap(), exporter(tx, "b@x.example").unwrap());
        let again = users::insert(tx, new_user("A@x.example"));
        assert!(
            matches!(&again, Err(Error::Conflict { constraint, existing: None }) if constraint == "users_email_unique"),
            "{again:?}"
        );
        let take = UserChanges { email: Some(email("a@x.example")), ..Default::default() };
        let taken = users::update(tx, second.id, None, take.clone());
        assert!(
            matches!(taken, Err(Error::Conflict { existing: Some(id), .. }) if id == first.id.uuid()),
            "{taken:?}"
        );
        users::update(tx, first.id, None, take.clone()).unwrap();
        users::soft_delete(tx, first.id, None).unwrap();
        users::update(tx, second.id, None, take).unwrap();
        let restored = users::restore(tx, first.id);
        assert!(
            matches!(restored, Err(Error::RestoreConflict { existing, .. }) if existing == second.id.uuid()),
            "{restored:?}"
        );
    });
}

#[test]
fn a_change_keeps_what_it_does_not_name_and_clears_what_is_null() {
    testing::check(|tx| {
        let user = exporter(tx, "a@x.example").unwrap();
        let changes =
            UserChanges { company_name: Some(None), monthly_volume: Some(None), ..Default::default() };
        let changed = users::update(tx, user.id, Some(1), changes.clone()).unwrap();
        assert_eq!((changed.company_name, changed.monthly_volume, changed.row_version), (None, None, 2));
        assert_eq!((changed.email, changed.business_type), (user.email, BusinessType::SaaS));
        let stale = users::update(tx, user.id, Some(1), changes);
        assert!(matches!(stale, Err(Error::StaleVersion { current: 2 })), "{stale:?}");
        let stale = users::update(tx, user.id, Some(1), UserChanges::default());
        assert!(matches!(stale, Err(Error::StaleVersion { current: 2 })), "{stale:?}");
        users::record_log_in(tx, user.id).unwrap();
        assert_eq!(users::get(tx, user.id).unwrap().last_login, Some(tx.now));
    });
}

#[test]
fn a_deleted_user_is_not_found_and_comes_back() {
    testing::check(|tx| {
        let user = exporter(tx, "a@x.example").unwrap();
        users::soft_delete(tx, user.id, Some(1)).unwrap();
        let not_found = |error: Option<Error>| matches!(error, Some(Error::NotFound("user")));
        assert!(not_found(users::get(tx, user.id).err()));
        assert!(not_found(user_metrics::get_for_user(tx, user.id).err()));
        assert!(not_found(users::lock_shared(tx, user.id).err()));
        assert!(not_found(users::record_log_in(tx, user.id).err()));
        assert!(not_found(users::soft_delete(tx, user.id, None).err()));
        assert_eq!(users::find_id_by_email(tx, &user.email).unwrap(), None);
        assert_eq!(users::restore(tx, user.id).unwrap().email, user.email);
        user_metrics::get_for_user(tx, user.id).unwrap();
        assert!(not_found(users::restore(tx, Id::generate()).err()));
    });
}

#[test]
fn erasing_leaves_nothing_of_a_user() {
    testing::check(|tx| {
        let (rows, other) = (owned(tx, "a@x.example").unwrap(), owned(tx, "b@x.example").unwrap());
        credentials::insert(tx, "export", rows.user.uuid(), "$argon2id$").unwrap();
        reports::soft_delete(tx, rows.report, None).unwrap();
        users::soft_delete(tx, rows.user, None).unwrap();
        for row in [rows.user.uuid(), rows.report.uuid(), rows.certification.uuid(), other.report.uuid()] {
            let answer = format!(
                "INSERT INTO platform.idempotency_keys (caller, key_digest, request_digest, status, answer, about)
                 VALUES ('system', sha256('{row}'), sha256(''), 200, '\\x01'::bytea || sha256(''), '{{{row}}}')"
            );
            testing::execute(tx, &answer);
        }
        let erased = users::erase(tx, rows.user).unwrap();
        for table in SYSTEM.tables {
            assert_eq!(erased.count(table.name), 1, "{}", table.name);
        }
        assert_eq!(erased.count("idempotency_keys"), 3);
        assert!(credentials::find(tx, "export", rows.user.uuid()).unwrap().is_none());
        assert!(matches!(users::erase(tx, rows.user), Err(Error::NotFound("user"))));
        reports::get(tx, other.report).unwrap();
    });
}

#[test]
fn users_are_listed_newest_first_and_page_by_page() {
    testing::check(|tx| {
        let made: Vec<_> = (0..3).map(|n| exporter(tx, &format!("u{n}@x.example")).unwrap().id).collect();
        let mut request = PageRequest { limit: Limit::new(2).unwrap(), after: None };
        let first = users::list(tx, request).unwrap();
        request.after = first.next;
        let second = users::list(tx, request).unwrap();
        let listed: Vec<_> = first.items.iter().chain(&second.items).map(|user| user.id).collect();
        assert_eq!(listed[..3], [made[2], made[1], made[0]]);
    });
}

#[test]
fn an_end_user_finds_no_other() {
    let test = TestDatabase::new();
    let database = test.database();
    let make = |address: &str| {
        database.write::<_, Error>("test", &Actor::system(), |tx| exporter(tx, address)).unwrap()
    };
    let (asha, bina) = (make("asha@x.example"), make("bina@x.example"));
    let as_asha = Actor::end_user("export", asha.id.uuid());
    let not_found = |error: Option<Error>| matches!(error, Some(Error::NotFound("user")));
    database
        .write::<_, Error>("test", &as_asha, |tx| {
            assert_eq!(users::get(tx, asha.id)?, asha);
            assert!(not_found(users::get(tx, bina.id).err()));
            assert!(not_found(user_metrics::get_for_user(tx, bina.id).err()));
            assert_eq!(users::find_by_email(tx, &bina.email)?, None);
            assert!(not_found(users::soft_delete(tx, bina.id, None).err()));
            assert!(not_found(users::restore(tx, bina.id).err()));
            let changes = UserChanges { monthly_volume: Some(None), ..Default::default() };
            assert!(not_found(users::update(tx, bina.id, None, changes.clone()).err()));
            assert_eq!(users::update(tx, asha.id, None, changes)?.monthly_volume, None);
            let all = users::list(tx, PageRequest { limit: Limit::default(), after: None })?;
            assert_eq!(all.items.len(), 1);
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_service_acts_for_a_user_with_its_own_rights_and_the_audit_log_names_the_user() {
    let test = TestDatabase::new();
    let database = test.database();
    let user =
        database.write::<_, Error>("test", &Actor::system(), |tx| exporter(tx, "a@x.example")).unwrap();
    let set = |actor: &Actor| {
        database.write::<_, Error>("test", actor, |tx| {
            credentials::insert(tx, "export", user.id.uuid(), "$argon2id$")
        })
    };
    assert!(set(&Actor::end_user("export", user.id.uuid())).is_err(), "an end user reaches no password");
    let behalf = Actor::on_behalf_of("export", user.id.uuid());
    assert!(set(&behalf).unwrap().is_some());
    // It is not kept to the user's rows either.
    let nobody =
        database.read("test", &behalf, |conn| users::find_by_email(conn, &email("b@x.example"))).unwrap();
    assert_eq!(nobody, None);
    let audited = |filter: &str| {
        use diesel::Connection as _;
        use diesel::RunQueryDsl as _;
        let mut conn = diesel::PgConnection::establish(&test.url("postgres")).unwrap();
        let sql = format!(
            "SELECT 1 FROM platform.audit_log WHERE table_name = 'platform.credentials' AND {filter}"
        );
        diesel::sql_query(sql).execute(&mut conn).unwrap()
    };
    assert_eq!(audited(&format!("actor = 'user:export:{}'", user.id)), 1);
}
