//! `db-manage erase-user`

use anyhow::Context as _;
use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::Tx;
use repository::domain::{Email, PhoneNumber, PiiError};
use repository::erasure::Erased;
use service::SYSTEMS;
use service::system::{self, Person};
use uuid::Uuid;

use crate::context::{Context, say};
use crate::given::given;
use crate::output::Answer;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage erase-user --system split --id 01994b1e-7c1f-7d7e-9f0e-3a4b5c6d7e8f --dry-run
  db-manage erase-user --system export --email -     then type the address, and Enter

It removes the person's rows in all tables of the system, deleted ones too, and the answers kept for idempotency keys, in one \
transaction, and prints how many rows of each table went. Nothing can bring them back. Other users of this machine see the \
options of a command: `-` reads the number or the address from standard input.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The system that holds the rows
    #[arg(long, value_parser = PossibleValuesParser::new(SYSTEMS.iter().map(|system| system.name)))]
    system: String,
    #[command(flatten)]
    person: PersonArguments,
    /// Say what would go, and keep it
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct PersonArguments {
    /// The id of the user
    #[arg(long)]
    id: Option<Uuid>,
    /// The phone number, with the country code
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// The e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let system = system::find(&arguments.system).context("there is no such system")?;
    let person = match arguments.person.read() {
        Ok(person) => person,
        Err(error) => {
            say(format_args!("db-manage: {error:#}"));
            return Ok(Exit::USAGE);
        }
    };
    let place = context.place()?;
    let database = context.database(&place)?;
    let erase = |tx: &mut Tx<'_>| (system.erase)(tx, &person);
    let erased = if arguments.dry_run {
        database.dry_run("platform.dry_run_erasure", &actor::operator(), erase)
    } else {
        database.write("platform.erase_user", &actor::operator(), erase)
    }?;
    context.answer(&Answer::object(&erased)?)?;
    if erased == Erased::default() {
        context.note(format_args!("\nNobody was found."));
    } else if arguments.dry_run {
        context.note(format_args!("\nNothing was erased: this was a dry run."));
    }
    Ok(Exit::DONE)
}

impl PersonArguments {
    fn read(&self) -> anyhow::Result<Person> {
        match self {
            Self { id: Some(id), .. } => Ok(Person::Id(*id)),
            Self { phone: Some(phone), .. } => Ok(Person::Phone(read_phone(&given(phone)?)?)),
            Self { email: Some(email), .. } => Ok(Person::Email(Email::parse(&given(email)?)?)),
            Self { .. } => anyhow::bail!("name the person with --id, --phone or --email"),
        }
    }
}

/// A number that exists, or one that a network has delivered, which may be stored too.
fn read_phone(text: &str) -> Result<PhoneNumber, PiiError> {
    PhoneNumber::parse(text).or_else(|error| PhoneNumber::parse_delivered(text).map_err(|_| error))
}
