//! `db-manage keys`

use clap::Subcommand;
use repository::codec::EncryptionKey;
use repository::ops::keys;
use serde::Serialize;

use crate::context::Context;
use crate::output::Answer;
use crate::progress::Progress;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  export ENCRYPTION_KEY=$(db-manage keys generate)
  db-manage keys generate -o key       into a file that only you may read
  db-manage keys status                which keys this database knows, and how much each sealed
  db-manage keys verify                open every sealed value of every table; exit code 1 when one does not

Keep the key where the database is not: without it nothing that was sealed can be read, by anyone.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new encryption key and print it; it is stored nowhere
    Generate,
    /// List the keys that sealed values of the database
    Status,
    /// Open every sealed value, and compute every blind index anew
    Verify,
}

#[derive(Serialize)]
struct Generated<'a> {
    key: &'a str,
    key_id: String,
}

pub(crate) fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Generate => generate(context),
        Command::Status => status(context),
        Command::Verify => verify(context),
    }
}

fn generate(context: &Context) -> anyhow::Result<Exit> {
    let key = EncryptionKey::generate()?;
    let text = key.to_base64();
    context
        .hand_over(&Answer::plain(text.as_str(), &Generated { key: &text, key_id: key.id().to_string() })?)?;
    Ok(Exit::DONE)
}

fn status(context: &Context) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let mut session = context.session(&place)?;
    let status = keys::status(&mut session, place.keys()?)?;
    context.answer(&Answer::list(&status)?)?;
    let lacking = status.iter().any(|key| key.values > 0 && !key.key.held);
    if lacking || status.is_empty() {
        context.note(format_args!(
            "\n{}",
            if lacking {
                "Some values were sealed with a key that is not in ENCRYPTION_KEY or ENCRYPTION_KEYS_OLD."
            } else {
                "No key is registered: `db-manage init` does that."
            }
        ));
        return Ok(Exit::PENDING);
    }
    Ok(Exit::DONE)
}

fn verify(context: &Context) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let database = context.database(&place)?;
    let mut progress = Progress::new("sealed values");
    let verified = keys::verify(&database, &actor::operator(), |done, of| progress.set(done, of))?;
    drop(progress);
    context.answer(&Answer::object(&verified)?)?;
    Ok(if verified.faults.is_empty() { Exit::DONE } else { Exit::FAILED })
}
