//! Embeds the text of the migrations, so that a binary needs no files beside it and can prove what it ran.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let migrations = manifest.join("../../migrations").canonicalize()?;
    println!("cargo::rerun-if-changed={}", migrations.display());

    let mut names: Vec<String> = fs::read_dir(&migrations)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    names.retain(|name| migrations.join(name).is_dir());
    names.sort();

    let mut source = String::from("&[\n");
    for name in names {
        let folder = migrations.join(&name);
        let text = |file: &str| -> String { format!("include_str!({:?})", folder.join(file)) };
        let _ = writeln!(
            source,
            "    SqlMigration {{ folder: {name:?}, up: {}, down: {} }},",
            text("up.sql"),
            text("down.sql")
        );
    }
    source.push_str("]\n");
    fs::write(Path::new(&variable("OUT_DIR")?).join("migrations.rs"), source)
}

fn variable(name: &str) -> io::Result<String> {
    #[expect(clippy::disallowed_methods, reason = "a build script is told its folders by the environment")]
    env::var(name).map_err(io::Error::other)
}
