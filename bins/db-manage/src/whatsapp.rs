//! `db-manage whatsapp`

mod lines;

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::whatsapp::imports::{DateOrder, ExportOptions, Zone};
use domain::whatsapp::{ChatId, phone_number};
use domain::{Limit, Page, PageRequest, PhoneNumber};
use repository::platform::audit_log;
use repository::{Conn, Database, Tx, domain};
use serde::Serialize;
use service::whatsapp::imports::{self, Format};
use service::whatsapp::users::{self, Lookup};
use service::whatsapp::{Rules, userchats};

use self::lines::{ChatLine, Imported, MessageLine, StatisticsLine, UserLine};
use crate::context::Context;
use crate::given::given;
use crate::output::Answer;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage whatsapp users
  db-manage whatsapp chats --phone -         then type the number, and Enter
  db-manage whatsapp messages 3e1f3ecf80a140f6 --reveal
  db-manage whatsapp statistics --format csv
  db-manage whatsapp deactivate --days 30 --dry-run
  db-manage whatsapp import _chat.txt --phone - --assistant Shop --timezone Asia/Kolkata

Names, numbers and texts are masked unless --reveal is given, which the audit log records. Other users of this machine see the \
options of a command: `-` reads a number or a name from standard input.";

/// The largest file that is imported.
const LONGEST_FILE: u64 = 16 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List people, newest first
    Users {
        #[command(flatten)]
        listing: Listing,
    },
    /// List the chats of a person, newest first
    Chats {
        /// The number, with the country code; `-` reads it from standard input
        #[arg(long, value_name = "NUMBER")]
        phone: String,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// List the messages of a chat, oldest first
    Messages {
        /// The chat's id, as `chats` shows it
        chat_id: ChatId,
        #[command(flatten)]
        listing: Listing,
    },
    /// Count chats and messages of each person, newest people first
    Statistics {
        #[command(flatten)]
        listing: Listing,
    },
    /// Close the active chats that began some days ago
    Deactivate {
        /// More than so many days ago
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=36_500))]
        days: u32,
        /// Say how many, and leave them open
        #[arg(long)]
        dry_run: bool,
    },
    /// Keep the messages of an exported conversation
    Import(ImportArguments),
}

/// What of a list is shown.
#[derive(Args, Debug)]
pub(crate) struct Listing {
    /// How many at most
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// Show names, numbers and texts; the audit log records it
    #[arg(long)]
    reveal: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ImportArguments {
    /// WhatsApp's _chat.txt, or rows of NDJSON in a file that ends in .ndjson
    file: PathBuf,
    /// The person's number, with the country code; `-` reads it from standard input
    #[arg(long, value_name = "NUMBER")]
    phone: String,
    /// The name under which the bot writes; `-` reads it from standard input
    #[arg(long, value_name = "NAME")]
    assistant: Option<String>,
    /// The name under which the person writes, where others write too; `-` reads it from standard input
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The time zone of the phone that made the file
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Zone>,
    /// In which order dates are written: day_first, month_first or year_first; found out by the dates when absent
    #[arg(long, value_name = "ORDER")]
    date_order: Option<DateOrder>,
    /// Say what would be kept, and keep nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let database = context.database(&place)?;
    let settings = &place.settings.whatsapp;
    let rules = Rules { max_chat_messages: settings.max_chat_messages, max_history: settings.max_history };
    match command {
        Command::Users { listing } => {
            let people = list(&database, "users", &listing, |conn, page| Ok(users::list(conn, None, page)?))?;
            answer(context, people.iter().map(|user| UserLine::of(user, listing.reveal)))?;
        }
        Command::Chats { phone, limit } => {
            let phone = read_phone(&phone)?;
            let listing = Listing { limit, reveal: false };
            let chats = list(&database, "chats", &listing, |conn, page| {
                Ok(userchats::list_for_phone(conn, &phone, page)?)
            })?;
            answer(context, chats.iter().map(ChatLine::of))?;
        }
        Command::Messages { chat_id, listing } => {
            let messages = list(&database, "messages", &listing, |conn, page| {
                Ok(userchats::messages(conn, chat_id, page)?)
            })?;
            answer(context, messages.iter().map(|message| MessageLine::of(message, listing.reveal)))?;
        }
        Command::Statistics { listing } => {
            let people = list(&database, "statistics", &listing, |conn, page| {
                let page = users::list_totals(conn, page)?;
                page.try_map(|of| Ok((users::get(conn, of.user_id)?, of.totals)))
            })?;
            let line = people.iter().map(|(user, totals)| StatisticsLine::of(user, *totals, listing.reveal));
            answer(context, line)?;
        }
        Command::Deactivate { days, dry_run } => {
            let close = |tx: &mut Tx<'_>| userchats::deactivate(tx, days);
            let deactivated = change(&database, "whatsapp.deactivate_chats", dry_run, close)?;
            context.answer(&Answer::object(&serde_json::json!({ "deactivated": deactivated }))?)?;
            note_dry_run(context, dry_run);
        }
        Command::Import(arguments) => import(context, &database, &rules, &arguments)?,
    }
    Ok(Exit::DONE)
}

fn import(
    context: &Context,
    database: &Database,
    rules: &Rules,
    arguments: &ImportArguments,
) -> anyhow::Result<()> {
    let ImportArguments { file, phone, assistant, user, timezone, date_order, dry_run } = arguments;
    let phone = read_phone(phone)?;
    let [assistant, user] = [assistant, user].map(|name| name.as_deref().map(given).transpose());
    let (assistant, user) = (assistant?, user?);
    let is_ndjson = file.extension().is_some_and(|extension| extension == "ndjson");
    let format = if is_ndjson {
        Format::Ndjson
    } else {
        Format::Export(ExportOptions {
            assistant: assistant
                .as_deref()
                .context("an export needs --assistant, the name of the bot in it")?,
            user: user.as_deref(),
            timezone: timezone.context("an export needs --timezone: it does not say where it was made")?,
            date_order: *date_order,
        })
    };
    let size = fs::metadata(file).with_context(|| format!("{} could not be read", file.display()))?.len();
    anyhow::ensure!(size <= LONGEST_FILE, "{} is larger than 16 MiB", file.display());
    let text = fs::read_to_string(file).with_context(|| format!("{} could not be read", file.display()))?;
    let read = imports::read(&text, &format)?;
    let imported = change(database, "whatsapp.import_chats", *dry_run, |tx| {
        let user = users::lookup(tx, &Lookup::Phone(phone.clone()))?;
        imports::import(tx, rules, user.user_id, &text, read.clone())
    })?;
    context.answer(&Answer::object(&Imported::of(&imported))?)?;
    for rejected in &imported.rejected {
        context.note(format_args!("line {}: {}", rejected.line, rejected.code));
    }
    note_dry_run(context, *dry_run);
    Ok(())
}

fn read_phone(value: &str) -> anyhow::Result<PhoneNumber> {
    Ok(phone_number(&given(value)?)?)
}

/// Reads page after page, up to so many lines. What is revealed is recorded first.
fn list<T, P>(
    database: &Database,
    what: &'static str,
    listing: &Listing,
    mut page_of: impl FnMut(&mut Conn<'_>, PageRequest<P>) -> service::Result<Page<T, P>>,
) -> anyhow::Result<Vec<T>>
where
    P: Clone,
{
    if listing.reveal {
        database.write("whatsapp.record_reveal", &actor::operator(), |tx| {
            audit_log::record_reading(tx, "whatsapp", &format!("whatsapp {what} --reveal"))
        })?;
    }
    let limit = Limit::new(Limit::MAX.into())?;
    let (mut found, mut after) = (Vec::new(), None::<P>);
    loop {
        let request = PageRequest { limit, after: after.clone() };
        let page = database.read("whatsapp.list", &actor::operator(), |conn| {
            page_of(conn, PageRequest { limit: request.limit, after: request.after.clone() })
        })?;
        found.extend(page.items);
        after = page.next;
        if after.is_none() || found.len() >= listing.limit {
            found.truncate(listing.limit);
            return Ok(found);
        }
    }
}

fn change<T, E: repository::Failure + std::error::Error + Send + Sync + 'static>(
    database: &Database,
    operation: &'static str,
    dry_run: bool,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> anyhow::Result<T> {
    let outcome = match dry_run {
        true => database.dry_run(operation, &actor::operator(), work),
        false => database.write(operation, &actor::operator(), work),
    };
    Ok(outcome?)
}

fn answer<T: Serialize>(context: &Context, lines: impl Iterator<Item = T>) -> anyhow::Result<()> {
    context.answer(&Answer::list(&lines.collect::<Vec<_>>())?)
}

fn note_dry_run(context: &Context, dry_run: bool) {
    if dry_run {
        context.note(format_args!("\nNothing was changed: this was a dry run."));
    }
}
