//! Being told twice before anything is destroyed.

use repository::Address;
use repository::ops::Session;

use crate::target::Place;

/// Whether destroying was confirmed for the database that a session has logged in to; else what is missing. And the name
/// of the database.
pub(crate) fn ask(
    session: &mut Session,
    place: &Place,
    option: &str,
    given: Option<&str>,
) -> anyhow::Result<(String, Result<(), String>)> {
    let facts = session.facts()?;
    let here = place.is_embedded() || (facts.same_machine && leads_here(place.admin_url()));
    let confirmed = check(option, given, &facts.database, here);
    Ok((facts.database, confirmed))
}

/// Decides whether destroying was confirmed; else says what is missing.
///
/// `given` is what the option brought: nothing, an empty text for the option alone, or a name. A database on another
/// machine has to be named, because it is easy to forget where a URL leads.
fn check(option: &str, given: Option<&str>, database: &str, on_this_machine: bool) -> Result<(), String> {
    match given {
        Some(name) if name == database => Ok(()),
        Some("") if on_this_machine => Ok(()),
        None if on_this_machine => Err(format!("Nothing was changed. To do it, add {option}")),
        None => Err(format!(
            "Nothing was changed. The database is on another machine: to do it, name it with {option} {database}"
        )),
        Some("") => Err(format!(
            "Nothing was changed. The database is on another machine, so {option} needs its name: {option} {database}"
        )),
        Some(name) => Err(format!("Nothing was changed. The database is not called {name} but {database}")),
    }
}

/// Whether an address leads to this machine for certain. What is not understood does not.
fn leads_here(address: &Address) -> bool {
    address.conninfo().is_ok_and(|conninfo| conninfo.stays_on_this_machine())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_here_needs_the_option_and_one_elsewhere_its_name() {
        let here = |given| check("--confirm", given, "strongroom", true);
        let there = |given| check("--confirm", given, "strongroom", false);
        assert!(here(Some("")).is_ok() && here(Some("strongroom")).is_ok());
        assert!(here(None).is_err() && here(Some("other")).is_err());
        assert!(there(Some("strongroom")).is_ok());
        assert!(there(None).is_err() && there(Some("")).is_err() && there(Some("other")).is_err());
        assert!(there(Some("")).unwrap_err().contains("--confirm strongroom"));
    }

    #[test]
    fn only_what_certainly_leads_here_counts_as_here() {
        for url in [
            "postgres://postgres@/strongroom?host=%2Fsrv%2Fdata&port=5432",
            "postgres:///strongroom",
            "postgres://app:secret@localhost/strongroom",
            "postgres://app@127.0.0.1:5433/strongroom",
            "postgresql://app@[::1]/strongroom",
            "postgres://%2Fvar%2Frun%2Fpostgresql/strongroom",
            "postgres://localhost/strongroom?hostaddr=::1",
            "host=localhost dbname=strongroom",
        ] {
            assert!(leads_here(&url.into()), "{url}");
        }
        for url in [
            "postgres://app@db.example/strongroom",
            "postgres://app@10.0.0.7/strongroom",
            "postgres://app@localhost/strongroom?host=db.example",
            "postgres://app@localhost/strongroom?hostaddr=10.0.0.7",
            "postgres://app@localhost,db.example/strongroom",
            "nonsense",
        ] {
            assert!(!leads_here(&url.into()), "{url}");
        }
    }
}
