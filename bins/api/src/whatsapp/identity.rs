//! Log-in, passwords and tokens of people who write to the bot. Nobody registers: WhatsApp says who somebody is.

use repository::domain::identity::Password;
use repository::domain::whatsapp::{PASSWORD_RULES, User};
use repository::domain::{Id, Invalid};
use repository::{Conn, Tx};
use serde::Deserialize;
use service::whatsapp::users::{self, Lookup};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::InDatabase;
use super::users::read_lookup;
use super::{WhatsApp, WhatsAppAdmin, WhatsAppWrite};
use crate::http::error::responses::{LimitsGuesses, NeedsPassword, SetsPassword};
use crate::http::identity::{self, LogIn, LogInName, OpenSession, SetPassword, TokensBody};
use crate::http::{
    Anyone, ApiResult, Caller, Json, NoContent, OptionalJson, PathId, Routes, Shown, add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp sessions": log_in_user, set_password, open_session, revoke_sessions);
}

impl LogInName for Lookup {
    fn index_form(&self) -> String {
        self.name()
    }
}

impl LogIn for WhatsApp {
    type Name = Lookup;

    fn find_user(conn: &mut Conn<'_>, name: &Lookup) -> service::Result<Option<Uuid>> {
        Ok(users::find_for_log_in(conn, name)?.map(Id::uuid))
    }

    fn lock_user(tx: &mut Tx<'_>, user: Uuid) -> repository::Result<()> {
        users::lock(tx, Id::from_uuid(user))
    }

    fn lock_for_session(tx: &mut Tx<'_>, user: Uuid) -> repository::Result<()> {
        users::lock_active(tx, Id::from_uuid(user))
    }

    fn record_log_in(tx: &mut Tx<'_>, user: Uuid) -> repository::Result<()> {
        users::lock_active(tx, Id::from_uuid(user))
    }
}

/// A person who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "whatsapp:+12025550101", "password": "Sparks by the lake 7"}))]
struct LogInUser {
    /// `+…` or `whatsapp:+…`. It or `email` must be there, and not both.
    phone_number: Option<String>,
    email: Option<String>,
    #[schema(format = Password)]
    password: String,
}

impl LogInUser {
    fn read(self) -> Result<(Lookup, Password), Invalid> {
        let mut fields = Invalid::collect();
        let name = read_lookup(&mut fields, self.phone_number.as_deref(), self.email.as_deref());
        let password = fields.take("/password", Password::parse(&self.password));
        fields.build(|| Some((name?, password?)))
    }
}

/// Opens a session for whoever knows the password that belongs to a phone number or an e-mail address.
///
/// Somebody who is not known, is not active, has no password or sends a wrong one gets the same answer. Ten failures within
/// 15 minutes lock a number or an address for 15 minutes, whether anybody has it or not.
#[utoipa::path(post, path = "/v1/whatsapp/log-in", responses(NeedsPassword, LimitsGuesses))]
async fn log_in_user(
    anyone: Anyone,
    _: InDatabase,
    Json(body): Json<LogInUser>,
) -> ApiResult<Shown<TokensBody>> {
    let (name, password) = body.read()?;
    identity::log_in::<WhatsApp>(&anyone, name, password).await
}

/// Sets a password and ends all sessions of the user.
///
/// It takes the password that is good now, except from an API key with `whatsapp:admin`, which also sets the first.
#[utoipa::path(put, path = "/v1/whatsapp/users/{id}/password", responses(SetsPassword))]
async fn set_password(
    caller: Caller<WhatsAppWrite>,
    _: InDatabase,
    PathId(id): PathId<User>,
    Json(body): Json<SetPassword>,
) -> ApiResult<NoContent> {
    let (current, new) = body.read(&PASSWORD_RULES, caller.has::<WhatsAppAdmin>())?;
    identity::set_password::<WhatsApp>(&caller, id.uuid(), current, new).await
}

/// Opens a session of a user, for a program to hand on.
///
/// Requests with the access token see and change that user's rows only; all others are as if they were not there.
#[utoipa::path(post, path = "/v1/whatsapp/users/{id}/tokens")]
async fn open_session(
    caller: Caller<WhatsAppAdmin>,
    _: InDatabase,
    PathId(id): PathId<User>,
    OptionalJson(body): OptionalJson<OpenSession>,
) -> ApiResult<Shown<TokensBody>> {
    identity::open_session::<WhatsApp>(&caller, id.uuid(), body.read()?).await
}

/// Ends all sessions of a user: logs out everywhere. Their access tokens are dead a second later.
#[utoipa::path(delete, path = "/v1/whatsapp/users/{id}/tokens")]
async fn revoke_sessions(
    caller: Caller<WhatsAppAdmin>,
    _: InDatabase,
    PathId(id): PathId<User>,
) -> ApiResult<NoContent> {
    identity::end_sessions::<WhatsApp>(&caller, id.uuid()).await
}
