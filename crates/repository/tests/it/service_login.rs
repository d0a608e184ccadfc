//! The login of the service: one that could switch off what guards the data is refused.

use strongroom_repository::testing::{self, TestDatabase, unique};
use strongroom_repository::{Database, Error, PoolOptions};

/// A login of its own for a test. Roles belong to the whole server, so it is removed with the value.
struct Login<'a> {
    test: &'a TestDatabase,
    name: String,
}

impl<'a> Login<'a> {
    /// A login that may do what the service's may, and what `sql` gives it: `{}` stands for its name.
    fn with(test: &'a TestDatabase, sql: &str) -> Self {
        let name = format!("login_{}", unique().simple());
        test.sabotage(&format!("CREATE ROLE {name} LOGIN; GRANT strongroom_app TO {name}"));
        let login = Self { test, name };
        test.sabotage(&sql.replace("{}", &login.name));
        login
    }

    fn connect(&self) -> Result<Database, Error> {
        Database::connect(PoolOptions::new(self.test.url(&self.name)), &testing::key_ring())
    }
}

impl Drop for Login<'_> {
    fn drop(&mut self) {
        let Self { test, name } = self;
        test.sabotage(&format!(
            "REASSIGN OWNED BY {name} TO strongroom_owner; DROP OWNED BY {name}; DROP ROLE {name};
             DROP ROLE IF EXISTS between_{name}"
        ));
    }
}

fn refusal(sql: &str) -> String {
    let test = TestDatabase::new();
    let login = Login::with(&test, sql);
    let Err(Error::NotReady(message)) = login.connect() else { panic!("the service starts after {sql}") };
    assert!(message.contains(&login.name), "{message}");
    message.replace(&login.name, "X")
}

#[test]
fn a_login_with_the_services_rights_is_as_good_as_the_services_own() {
    let test = TestDatabase::new();
    assert!(Login::with(&test, "ALTER ROLE {} LOGIN").connect().is_ok());
}

#[test]
fn a_login_that_could_switch_off_a_guard_is_refused_with_the_reason() {
    for (given, reason) in [
        ("ALTER ROLE {} SUPERUSER", "is a superuser or may become one"),
        ("GRANT postgres TO {}", "is a superuser or may become one"),
        ("ALTER ROLE {} BYPASSRLS", "bypasses row security"),
        ("GRANT strongroom_owner TO {}", "may act as strongroom_owner"),
        ("ALTER ROLE {} CREATEROLE", "may give itself other roles"),
        ("ALTER ROLE {} REPLICATION", "may copy the whole server"),
        ("GRANT pg_execute_server_program TO {}", "may reach the files and programs of the server"),
        ("GRANT pg_write_all_data TO {}", "may write every table"),
        ("ALTER TABLE split.users OWNER TO {}", "owns tables"),
        (
            "CREATE TABLE public.of_another_tool (); ALTER TABLE public.of_another_tool OWNER TO {}",
            "owns tables",
        ),
    ] {
        let message = refusal(given);
        assert!(
            message.starts_with(&format!("the login X {reason}, so the service refuses it")),
            "{given}: {message}"
        );
    }
}

#[test]
fn what_a_login_may_only_become_counts_too() {
    // By way of another role, whose rights it does not inherit.
    let message =
        refusal("ALTER ROLE {} NOINHERIT; CREATE ROLE between_{} BYPASSRLS; GRANT between_{} TO {}");
    assert!(message.contains("bypasses row security"), "{message}");
}

#[test]
fn a_login_that_cannot_act_for_end_users_is_told_what_to_do() {
    let message = refusal("REVOKE strongroom_app FROM {}");
    assert!(message.contains("GRANT strongroom_user TO X"), "{message}");
}
