//! What somebody who typed `make run` needs next: where the service is, a key, and something to try.
//!
//! Only for the embedded PostgreSQL. On a server of the user's, keys are made by `db-manage api-key create`.

use std::env;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use repository::codec::Token;
use repository::platform::api_keys;
use repository::{Actor, Database, Tx, system};
use runtime::{Secret, private_file};
use uuid::Uuid;

/// The file in the data directory that keeps the key.
const KEY_FILE: &str = "api-key";

/// The file that keeps what webhooks are signed by.
const TWILIO_FILE: &str = "twilio-token";

/// The key of the data directory, which may do everything; made anew when there is none or it serves no more.
pub(crate) fn api_key(database: &Database, data_dir: &Path) -> anyhow::Result<Secret> {
    let path = data_dir.join(KEY_FILE);
    if let Some(kept) = private_file::read(&path)?
        && let Ok(token) = Token::parse(kept.expose())
        && is_good(database, &token)?
    {
        return Ok(kept);
    }
    let scopes = system::scopes().collect::<Vec<_>>();
    let make = |tx: &mut Tx<'_>| {
        let (_, token) = api_keys::insert(tx, "made by the first start", &scopes)?;
        // Before it is stored for good, so that no key lives that nobody has.
        private_file::replace(&path, &token.text())?;
        Ok::<_, runtime::Error>(token)
    };
    let token = database
        .write("platform.make_api_key", &Actor::system(), make)
        .context("no API key could be made")?;
    Ok(Secret::new(token.text().as_str()))
}

/// The token of the data directory by which webhooks of Twilio's are signed, where no account is named: so that the story of
/// the bot can be played. Made at the first start.
pub(crate) fn twilio_token(data_dir: &Path) -> anyhow::Result<Secret> {
    let path = data_dir.join(TWILIO_FILE);
    if let Some(kept) = private_file::read(&path)? {
        return Ok(kept);
    }
    let made = Token::generate()?.text();
    private_file::replace(&path, &made)?;
    Ok(Secret::new(made.as_str()))
}

fn is_good(database: &Database, token: &Token) -> anyhow::Result<bool> {
    let hash = token.hash();
    let found = database
        .read("platform.find_api_key", &Actor::system(), |conn| api_keys::find_by_hash(conn, &hash))?;
    // A system that is new since the key was made has scopes of its own.
    let may_do_everything = |scopes: &[String]| system::scopes().all(|scope| scopes.contains(&scope));
    Ok(found.is_some_and(|key| key.revoked_at.is_none() && may_do_everything(&key.scopes)))
}

/// Says where the service listens. Programs that start it wait for this line.
pub(crate) fn print_address(url: &str) -> io::Result<()> {
    writeln!(io::stdout(), "listening on {url}")
}

/// Prints the key and six commands, ready to be pasted into a shell in any directory. The first and the last meet the
/// same person of the sample data: as a client sees her, and as the database does.
pub(crate) fn print(url: &str, key: &Secret, data_dir: &Path) -> io::Result<()> {
    let data_dir = data_dir.canonicalize()?;
    let db_manage = env::current_exe()?.with_file_name("db-manage");
    writeln!(
        io::stdout(),
        r#"
API key   {key}
          kept in {key_file}
API page  {url}/docs/

Try these:

  curl -sw '\n' {url}/v1/split/users/lookup -H 'Authorization: Bearer {key}' \
    -H 'Content-Type: application/json' -d '{{"phone_number": "+91 90000 00001"}}'

  curl -sw '\n' {url}/v1/split/preview -H 'Authorization: Bearer {key}' \
    -H 'Content-Type: application/json' -d '{{"total_amount": "100.00", "split": {{"mode": "equal", "organiser": {{}},
      "participants": [{{"contact_id": "{one}"}}, {{"contact_id": "{other}"}}]}}}}'

  curl -sw '\n' {url}/v1/export/users/lookup -H 'Authorization: Bearer {key}' \
    -H 'Content-Type: application/json' -d '{{"email": "meera@suvarna-spices.example"}}'

  curl -sw '\n' '{url}/v1/pantry/recipes?tags=breakfast&max_cooking_time=10' -H 'Authorization: Bearer {key}'

  curl -sw '\n' {url}/v1/whatsapp/chats/lookup -H 'Authorization: Bearer {key}' \
    -H 'Content-Type: application/json' -d '{{"phone_number": "whatsapp:+12025550101"}}'

  curl -sw '\n' {url}/v1/market/buyers/lookup -H 'Authorization: Bearer {key}' \
    -H 'Content-Type: application/json' -d '{{"username": "juan_comprador"}}'

  DATA_DIR='{data_dir}' '{db_manage}' query \
    "SELECT left(encode(phone_number, 'hex'), 40) AS phone_number, left(encode(name, 'hex'), 40) AS name FROM users"

Ctrl-C stops it; the data stays.
"#,
        key = key.expose(),
        key_file = data_dir.join(KEY_FILE).display(),
        one = Uuid::from_u128(1),
        other = Uuid::from_u128(2),
        data_dir = data_dir.display(),
        db_manage = db_manage.display(),
    )
}
