//! `db-manage migrate new`

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::Exit;
use crate::context::Context;
use crate::output::Answer;

const DIRECTORY: &str = "migrations";

const UP: &str = "\
-- What this is for, in a sentence.
--
-- docs/adding-a-table.md says what a table needs: names, comments, platform.make_table, row security, and a line in SYSTEM.
";

const DOWN: &str = "\
-- Takes back all of up.sql, in the opposite order.
";

#[derive(Serialize)]
struct Written {
    file: String,
}

pub(super) fn run(context: &Context, name: &str, dry_run: bool) -> anyhow::Result<Exit> {
    let directory = Path::new(DIRECTORY);
    ensure!(directory.is_dir(), "there is no directory {DIRECTORY} here: call this in the checkout");
    let folder = folder_name(SystemTime::now().into(), name);
    let newest = newest(directory)?;
    ensure!(
        newest.as_deref().is_none_or(|newest| newest < folder.as_str()),
        "{newest} would come after {folder}: migrations run in the order of their names, so the new one needs a later date",
        newest = newest.unwrap_or_default(),
    );
    let path = directory.join(&folder);
    let files = [("up.sql", UP), ("down.sql", DOWN)];
    if !dry_run {
        write(&path, &files).with_context(|| format!("could not write {}", path.display()))?;
    }
    let written = files.map(|(file, _)| Written { file: path.join(file).display().to_string() });
    context.answer(&Answer::list(&written)?)?;
    Ok(Exit::DONE)
}

/// Writes both files, or leaves nothing.
fn write(path: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    fs::create_dir(path)?;
    let written = files
        .iter()
        .try_for_each(|(file, text)| File::create_new(path.join(file))?.write_all(text.as_bytes()));
    if written.is_err() {
        // That it stays is less than what is told already.
        let _ = fs::remove_dir_all(path);
    }
    written
}

/// What the name of a migration is made of.
pub(super) fn name(given: &str) -> Result<String, &'static str> {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if !given.is_empty() && given.chars().all(is_plain) {
        Ok(given.to_owned())
    } else {
        Err("it is made of small letters, digits and _, such as add_tags")
    }
}

fn folder_name(now: DateTime<Utc>, name: &str) -> String {
    format!("{}_{name}", now.format("%Y-%m-%d-%H%M%S"))
}

fn newest(directory: &Path) -> anyhow::Result<Option<String>> {
    let names = fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<std::io::Result<Vec<_>>>()?;
    names.retain(|name| directory.join(name).is_dir());
    Ok(names.into_iter().max())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        assert!(name("add_tags_2").is_ok());
        assert!(["", "Add", "a b", "../x", "a/b", "a-b", "ä"].iter().all(|given| name(given).is_err()));
    }

    #[test]
    fn folders_sort_by_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(folder_name(at("2026-11-20T01:02:03Z"), "add_tags"), "2026-11-20-010203_add_tags");
        assert!(folder_name(at("2026-11-20T23:59:59Z"), "z") < folder_name(at("2026-11-21T00:00:00Z"), "a"));
    }
}
