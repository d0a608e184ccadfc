//! Values that other users of the machine must not see among a command's options.

use std::io;

use anyhow::Context as _;

/// The option's value; for `-`, the next line of standard input.
pub(crate) fn given(value: &str) -> anyhow::Result<String> {
    if value != "-" {
        return Ok(value.to_owned());
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line).context("standard input could not be read")?;
    Ok(line.trim().to_owned())
}
