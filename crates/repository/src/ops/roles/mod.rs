//! The roles: who owns, who serves, whom the service becomes for an end user, and operators who read, write and migrate.

mod sql;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text};

pub use self::sql::CREATE_ROLES;
pub(crate) use self::sql::QUIET_LOG;
use self::sql::{GRANT, GRANTED, RESTRICT, RESTRICTED, ROLES_EXIST};
use crate::{Address, Error, Result};

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
        && is_true(&mut conn, RESTRICTED)?
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
    if !is_true(&mut conn, RESTRICTED)? {
        run(&mut conn, RESTRICT, None)?;
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
    Ok(missing.then(|| {
        "roles strongroom_owner, strongroom_app, strongroom_user, strongroom_reader, strongroom_writer, \
             strongroom_migrator"
            .to_owned()
    }))
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
         {CREATE_ROLES}{join};\n{create}-- In the database itself:\n{GRANT}{RESTRICT}"
    )))
}

/// Refuses where a role is missing: a newer version may need more of them, and a migration that grants to one would fail.
pub(crate) fn refuse_missing(conn: &mut PgConnection) -> Result<()> {
    if is_true(conn, ROLES_EXIST)? {
        return Ok(());
    }
    Err(Error::NotReady(
        "roles that this version needs are missing, or not members of each other: run `db-manage init`, with \
         DATABASE_ADMIN_URL set to a login that may make roles"
            .to_owned(),
    ))
}

/// Refuses a login that is or may become anything but one of `roles`: a statement could leave the role that it is meant to
/// run as. `task` is what the login is for, and `setting` what names a right one, the first of `roles`.
pub(super) fn refuse_more_than(
    conn: &mut PgConnection,
    roles: &[&str],
    task: &str,
    setting: &str,
) -> Result<()> {
    let login = diesel::sql_query(
        "SELECT session_user::text AS name,
                rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
                OR EXISTS (SELECT FROM pg_roles other
                            WHERE other.rolname <> session_user AND other.rolname <> ALL ($1)
                              AND pg_has_role(session_user, other.oid, 'MEMBER')) AS powerful
           FROM pg_roles WHERE rolname = session_user",
    )
    .bind::<Array<Text>, _>(roles)
    .get_result::<Power>(conn)?;
    if !login.powerful {
        return Ok(());
    }
    Err(Error::NotReady(format!(
        "the login {} may do more than {task}, so the statement is not run with it: let {setting} log in as {}",
        login.name,
        roles.first().unwrap_or(&"another role"),
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
struct Power {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    powerful: bool,
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
