//! The four roles: who owns, who serves, whom the service becomes for an end user, and who only looks.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::{Address, Error, Result};

/// What makes the roles. An operator whose login may not create roles can have this run by one who may.
///
/// Running it again changes nothing. It sets no password: `\password strongroom_app` in psql does, or `ALTER ROLE`.
pub const CREATE_ROLES: &str = "\
DO $$
BEGIN
    IF to_regrole('strongroom_owner') IS NULL THEN CREATE ROLE strongroom_owner NOLOGIN; END IF;
    IF to_regrole('strongroom_user') IS NULL THEN CREATE ROLE strongroom_user NOLOGIN; END IF;
    IF to_regrole('strongroom_app') IS NULL THEN CREATE ROLE strongroom_app LOGIN; END IF;
    IF to_regrole('strongroom_reader') IS NULL THEN CREATE ROLE strongroom_reader LOGIN; END IF;
    -- The service tells deadlocks and time-outs by the text of the message; only a superuser may fix its language.
    -- Elsewhere the server's language is English, or those two are reported as plain database errors.
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN ALTER ROLE strongroom_app SET lc_messages = 'C'; END IF;
END $$;
GRANT strongroom_user TO strongroom_app;
-- Behind a pooler in transaction mode these are the only limits of what runs outside a transaction.
ALTER ROLE strongroom_app SET statement_timeout = '30s';
ALTER ROLE strongroom_app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE strongroom_reader SET default_transaction_read_only = on;
";

/// Whether there is nothing left for [`CREATE_ROLES`] to do.
const ROLES_EXIST: &str = "\
SELECT NOT EXISTS (SELECT FROM unnest(ARRAY['strongroom_owner', 'strongroom_app', 'strongroom_user', 'strongroom_reader'])
                       AS name WHERE to_regrole(name) IS NULL)
   AND coalesce(pg_has_role(to_regrole('strongroom_app')::oid, to_regrole('strongroom_user')::oid, 'MEMBER'), false) AS yes";

/// Lets the owner make schemas here and keeps everyone else from making anything.
const GRANT: &str = "\
DO $$
BEGIN
    EXECUTE format('GRANT CREATE, CONNECT ON DATABASE %I TO strongroom_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO strongroom_app, strongroom_reader', current_database());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
GRANT USAGE, CREATE ON SCHEMA public TO strongroom_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
";

/// Whether there is nothing left for [`GRANT`] to do.
const GRANTED: &str = "\
SELECT has_database_privilege('strongroom_owner', current_database(), 'CREATE')
   AND has_database_privilege('strongroom_owner', current_database(), 'CONNECT')
   AND has_database_privilege('strongroom_app', current_database(), 'CONNECT')
   AND has_database_privilege('strongroom_reader', current_database(), 'CONNECT')
   AND NOT has_database_privilege('strongroom_reader', current_database(), 'TEMPORARY')
   AND has_schema_privilege('strongroom_owner', 'public', 'USAGE')
   AND has_schema_privilege('strongroom_owner', 'public', 'CREATE')
   AND NOT has_schema_privilege('strongroom_reader', 'public', 'CREATE') AS yes";

/// Any number will do, as long as it is always this one.
const TURN: i64 = 0x5354_524f_4e48;

/// Makes the database that `address` names, if it is not there, and the roles. Answers what it made.
///
/// # Errors
/// [`Error::NotReady`] with the SQL to run when the login may not create roles or databases.
pub fn prepare(address: impl Into<Address>) -> Result<Vec<String>> {
    let address = address.into();
    if let Ok(mut conn) = address.establish()
        && is_true(&mut conn, ROLES_EXIST)?
        && may_be_owner(&mut conn)
        && is_true(&mut conn, GRANTED)?
    {
        return Ok(Vec::new());
    }
    let _turn = wait_for_turn(&address)?;
    let mut made = Vec::new();
    let mut conn = match address.establish() {
        Ok(conn) => conn,
        Err(Error::Unavailable(message)) if missing_database(&message).is_some() => {
            let database = missing_database(&message).unwrap_or_default();
            let create =
                format!("CREATE DATABASE \"{}\" OWNER strongroom_owner", database.replace('"', "\"\""));
            let mut maintenance = address.clone().with("dbname", "postgres").establish()?;
            made.extend(create_roles(&mut maintenance, Some(&create))?);
            run(&mut maintenance, &create, Some(&create))?;
            made.push(format!("database {database}"));
            address.establish()?
        }
        Err(error) => return Err(error),
    };
    made.extend(create_roles(&mut conn, None)?);
    if !is_true(&mut conn, GRANTED)? {
        run(&mut conn, GRANT, None)?;
    }
    Ok(made)
}

/// Roles belong to the whole server, so that two who prepare it would be in each other's way, whichever databases they
/// prepare. The lock lies in the database that every server has, and goes with the connection. Where that database is
/// closed to the login, it goes without.
fn wait_for_turn(address: &Address) -> Result<Option<PgConnection>> {
    let maintenance = address.clone().with("dbname", "postgres");
    let Ok(mut conn) = maintenance.establish() else { return Ok(None) };
    conn.batch_execute(&format!("SET lock_timeout = '60s'; SELECT pg_advisory_lock({TURN})"))?;
    Ok(Some(conn))
}

/// Makes the roles that are missing, and the login a member of the owner, without which it could not act as the owner.
fn create_roles(conn: &mut PgConnection, create_database: Option<&str>) -> Result<Option<String>> {
    let missing = !is_true(conn, ROLES_EXIST)?;
    if missing {
        run(conn, CREATE_ROLES, create_database)?;
    }
    if !may_be_owner(conn) {
        let join = login(conn)?.join;
        run(conn, &join, create_database)?;
    }
    Ok(missing
        .then(|| "roles strongroom_owner, strongroom_app, strongroom_user, strongroom_reader".to_owned()))
}

/// Whether the login may act as the owner. Asked by trying, because what membership allows differs between versions.
fn may_be_owner(conn: &mut PgConnection) -> bool {
    conn.batch_execute("SET ROLE strongroom_owner; RESET ROLE").is_ok()
}

/// Runs SQL that needs rights; where they are missing, the error says what somebody who has them should run.
fn run(conn: &mut PgConnection, sql: &str, create_database: Option<&str>) -> Result<()> {
    let Err(error) = conn.batch_execute(sql) else { return Ok(()) };
    let Login { name, join } = login(conn)?;
    let create = create_database.map_or_else(String::new, |create| format!("{create};\n"));
    Err(Error::NotReady(format!(
        "the login {name} may not prepare the database ({error}). Have a superuser run this, then try again:\n\n\
         {CREATE_ROLES}{join};\n{create}-- In the database itself:\n{GRANT}"
    )))
}

/// Acts as the owner, so that whatever is made belongs to it, whoever logged in.
pub(crate) fn become_owner(conn: &mut PgConnection) -> Result<()> {
    conn.batch_execute("SET application_name = 'strongroom db-manage'; SET ROLE strongroom_owner").map_err(|error| {
        Error::NotReady(format!(
            "this login may not act as strongroom_owner ({error}): run `db-manage init` first, or set DATABASE_ADMIN_URL"
        ))
    })
}

/// Whether an error says that the database itself is not there yet.
pub fn is_missing_database(error: &Error) -> bool {
    matches!(error, Error::Unavailable(message) if missing_database(message).is_some())
}

/// Whether an error says that there is no such database, or no such role: that `db-manage init` has not been here.
pub fn is_unprepared(error: &Error) -> bool {
    matches!(error, Error::Unavailable(message) if message.contains("\" does not exist"))
}

/// The database that PostgreSQL says is not there.
fn missing_database(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("database \"")?;
    rest.rsplit_once("\" does not exist").map(|(name, _)| name)
}

fn is_true(conn: &mut PgConnection, question: &str) -> Result<bool> {
    Ok(diesel::sql_query(question).get_result::<Answer>(conn)?.yes)
}

fn login(conn: &mut PgConnection) -> Result<Login> {
    Ok(diesel::sql_query(
        "SELECT session_user::text AS name, format('GRANT strongroom_owner TO %I', session_user) AS join",
    )
    .get_result(conn)?)
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

#[derive(QueryableByName)]
struct Login {
    #[diesel(sql_type = Text)]
    name: String,
    /// What makes it a member of the owner.
    #[diesel(sql_type = Text)]
    join: String,
}

#[cfg(test)]
mod tests {
    use super::missing_database;

    #[test]
    fn the_missing_database_is_told_by_the_servers_words() {
        let message = "connection to server failed: FATAL:  database \"my \"odd\" name\" does not exist";
        assert_eq!(missing_database(message), Some("my \"odd\" name"));
        assert_eq!(missing_database("FATAL:  role \"asha\" does not exist"), None);
    }
}
