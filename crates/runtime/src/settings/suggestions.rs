//! Names that look like a misspelt setting: the environment belongs to others too, so they only earn a warning.

use super::Origin;
use super::table::SETTINGS;

/// Shorter names are too close to names of others: `HOST` to `HOME`, `PORT` to `PORTS`.
const SHORTEST: usize = 8;

/// A warning for a name that is none of ours, but nearly is.
pub(super) fn notice(name: &str, origin: Origin) -> Option<String> {
    let known = || SETTINGS.iter().flat_map(|setting| std::iter::once(&setting.name).chain(setting.aliases));
    let is_file_of_ours = name.strip_suffix("_FILE").is_some_and(|bare| known().any(|known| *known == bare));
    if is_file_of_ours || known().any(|known| *known == name) {
        return None;
    }
    let meant = nearest(name)?;
    Some(format!("{name} {origin} is no setting and has no effect; did you mean {meant}?"))
}

/// The setting or alias that is at most two insertions, deletions or replacements away, if there is one.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let known = SETTINGS.iter().flat_map(|setting| std::iter::once(&setting.name).chain(setting.aliases));
    let near = known.filter(|known| known.len() >= SHORTEST && known.len().abs_diff(name.len()) <= 2);
    let near = near.map(|known| (distance(name, known), *known)).filter(|(distance, _)| *distance <= 2);
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// How many insertions, deletions or replacements make one out of the other, whatever the case.
fn distance(one: &str, other: &str) -> usize {
    strsim::levenshtein(&one.to_ascii_lowercase(), &other.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_noticed() {
        for (name, meant) in [
            ("DATABASE_POLL_SIZE", "DATABASE_POOL_SIZE"),
            ("DATABSE_URL", "DATABASE_URL"),
            ("DATABASE_HOSTS", "DATABASE_HOST"),
            ("ENCRYPTION_KEYS", "ENCRYPTION_KEY"),
            ("database_url", "DATABASE_URL"),
        ] {
            let notice = notice(name, Origin::Environment).unwrap();
            assert!(notice.ends_with(&format!("did you mean {meant}?")), "{notice}");
        }
    }

    #[test]
    fn names_of_ours_and_of_others_are_not() {
        for name in [
            "DATABASE_URL",
            "DB_POOL_SIZE",
            "ENCRYPTION_KEY_FILE",
            "HOME",
            "POST",
            "PATH",
            "LOGNAME",
            "PGDATABASE",
        ] {
            assert_eq!(notice(name, Origin::Environment), None, "{name}");
        }
    }
}
