//! How answers are written: for people, or for programs.

mod csv;
mod table;

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;
use clap::ValueEnum;
use runtime::private_file;
use serde::Serialize;
use serde_json::{Map, Value};

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON object per line
    Ndjson,
    /// For spreadsheets; cells that would be formulas begin with an apostrophe
    Csv,
}

/// What a command answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// Things of one kind.
    List(Vec<Map<String, Value>>),
    /// One thing.
    Object(Map<String, Value>),
    /// One thing of which people only want this text.
    Plain(String, Map<String, Value>),
}

impl Answer {
    pub(crate) fn list<T: Serialize>(things: &[T]) -> anyhow::Result<Self> {
        things.iter().map(to_map).collect::<anyhow::Result<_>>().map(Self::List)
    }

    pub(crate) fn object<T: Serialize>(thing: &T) -> anyhow::Result<Self> {
        to_map(thing).map(Self::Object)
    }

    pub(crate) fn plain<T: Serialize>(text: impl Into<String>, thing: &T) -> anyhow::Result<Self> {
        Ok(Self::Plain(text.into(), to_map(thing)?))
    }

    /// The same thing with one more field.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Self::Object(fields) | Self::Plain(_, fields) = &mut self {
            fields.insert(name.to_owned(), value.into());
        }
        self
    }

    fn render(&self, format: Format) -> anyhow::Result<String> {
        match (format, self) {
            (Format::Table, Self::Plain(text, _)) => Ok(format!("{text}\n")),
            (Format::Table, Self::List(rows)) => Ok(table::list(rows)),
            (Format::Table, Self::Object(object)) => Ok(table::object(object)),
            (Format::Json, Self::List(rows)) => Ok(serde_json::to_string_pretty(rows)? + "\n"),
            (Format::Json, Self::Object(object) | Self::Plain(_, object)) => {
                Ok(serde_json::to_string_pretty(object)? + "\n")
            }
            (Format::Ndjson, Self::List(rows)) => rows.iter().map(line).collect(),
            (Format::Ndjson, Self::Object(object) | Self::Plain(_, object)) => line(object),
            (Format::Csv, Self::List(rows)) => csv::write(rows),
            (Format::Csv, Self::Object(object) | Self::Plain(_, object)) => {
                csv::write(std::slice::from_ref(object))
            }
        }
    }
}

fn line(object: &Map<String, Value>) -> anyhow::Result<String> {
    Ok(serde_json::to_string(object)? + "\n")
}

fn to_map<T: Serialize>(thing: &T) -> anyhow::Result<Map<String, Value>> {
    match serde_json::to_value(thing)? {
        Value::Object(map) => Ok(map),
        other => Ok(Map::from_iter([("value".to_owned(), other)])),
    }
}

/// Writes an answer to standard output, or to a file.
pub(crate) fn write(answer: &Answer, format: Format, file: Option<&Path>) -> anyhow::Result<()> {
    write_text(&answer.render(format)?, file)
}

/// Writes a text to standard output, or to a file that only its owner may read, whole or not at all.
pub(crate) fn write_text(text: &str, file: Option<&Path>) -> anyhow::Result<()> {
    match put(text, file) {
        // Whoever reads has seen enough: `db-manage query … | head`.
        Err(error) if is_broken_pipe(&error) => Ok(()),
        outcome => outcome,
    }
}

/// As [`write()`], for an answer that cannot be had again: it is an error when nobody reads it.
pub(crate) fn hand_over(answer: &Answer, format: Format, file: Option<&Path>) -> anyhow::Result<()> {
    put(&answer.render(format)?, file)
}

fn put(text: &str, file: Option<&Path>) -> anyhow::Result<()> {
    if let Some(file) = file {
        return Ok(private_file::write(file, text)?);
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("the answer could not be written")
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[derive(Serialize)]
    struct Key {
        key: &'static str,
        id: u32,
    }

    const KEY: Key = Key { key: "sr_x", id: 7 };

    #[test]
    fn each_format_says_the_same() {
        let object = Answer::object(&KEY).unwrap();
        assert_eq!(object.render(Format::Json).unwrap(), "{\n  \"key\": \"sr_x\",\n  \"id\": 7\n}\n");
        assert_eq!(object.render(Format::Ndjson).unwrap(), "{\"key\":\"sr_x\",\"id\":7}\n");
        assert_eq!(object.render(Format::Csv).unwrap(), "key,id\nsr_x,7\n");
        let list = Answer::list(&[KEY, KEY]).unwrap();
        assert_eq!(list.render(Format::Ndjson).unwrap().lines().count(), 2);
        assert_eq!(list.render(Format::Csv).unwrap(), "key,id\nsr_x,7\nsr_x,7\n");
        assert_eq!(Answer::list::<Key>(&[]).unwrap().render(Format::Json).unwrap(), "[]\n");
        let plain = Answer::plain("sr_x", &KEY).unwrap();
        assert_eq!(plain.render(Format::Table).unwrap(), "sr_x\n");
        assert_eq!(plain.render(Format::Json).unwrap(), object.render(Format::Json).unwrap());
    }

    #[test]
    fn a_file_is_private_and_has_the_whole_answer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answer");
        write(&Answer::object(&KEY).unwrap(), Format::Ndjson, Some(&path)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"key\":\"sr_x\",\"id\":7}\n");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
}
