//! What the service's login may be: able to serve, and unable to switch off what guards the data.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use crate::database::END_USER_ROLE;
use crate::{Error, Result};

/// Who is logged in, and why that is more than the service should be. What a login may become counts as what it is,
/// because one statement makes it so.
const POWER: &str = "\
WITH roles AS (SELECT * FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER'))
SELECT session_user::text AS name, CASE
           WHEN EXISTS (SELECT FROM roles WHERE rolsuper) THEN 'is a superuser or may become one'
           WHEN EXISTS (SELECT FROM roles WHERE rolbypassrls) THEN 'bypasses row security'
           WHEN EXISTS (SELECT FROM roles WHERE rolname = 'strongroom_owner') THEN 'may act as strongroom_owner'
           WHEN EXISTS (SELECT FROM roles WHERE rolcreaterole) THEN 'may give itself other roles'
           WHEN EXISTS (SELECT FROM roles WHERE rolreplication) THEN 'may copy the whole server'
           WHEN EXISTS (SELECT FROM roles WHERE rolname IN
                            ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
               THEN 'may reach the files and programs of the server'
           WHEN EXISTS (SELECT FROM roles WHERE rolname = 'pg_write_all_data') THEN 'may write every table'
           WHEN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                         WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
                           AND c.relowner IN (SELECT oid FROM roles)) THEN 'owns tables'
       END AS power";

/// Refuses a login that owns tables, bypasses row security or could come to do so, and one that cannot serve end users.
pub(crate) fn refuse_unfit(conn: &mut PgConnection) -> Result<()> {
    let Login { name, power } = diesel::sql_query(POWER).get_result(conn)?;
    if let Some(power) = power {
        return Err(Error::NotReady(format!(
            "the login {name} {power}, so the service refuses it: run `db-manage init` with DATABASE_ADMIN_URL set to \
             one that may prepare the database, and let DATABASE_URL log in as strongroom_app"
        )));
    }
    // Asked by trying, because what membership allows differs between versions.
    conn.batch_execute(&format!("SET ROLE {END_USER_ROLE}; RESET ROLE")).map_err(|error| {
        Error::NotReady(format!(
            "the login {name} may not act for end users ({error}): run `db-manage init`, or let a superuser run \
             GRANT {END_USER_ROLE} TO {name}"
        ))
    })
}

/// Behind a pooler in transaction mode the service can set no limit for what it reads without a transaction, so its login
/// must have one.
pub(crate) fn refuse_endless_statements(conn: &mut PgConnection) -> Result<()> {
    let limit = diesel::sql_query("SELECT current_setting('statement_timeout') AS value")
        .get_result::<Limit>(conn)?;
    if limit.value != "0" {
        return Ok(());
    }
    Err(Error::NotReady(
        "with DATABASE_POOLER=transaction the service's login needs a limit of its own for statements; it may set it \
         itself: ALTER ROLE CURRENT_USER SET statement_timeout = '30s'. Then let the pooler reconnect"
            .to_owned(),
    ))
}

#[derive(QueryableByName)]
struct Limit {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct Login {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    power: Option<String>,
}
