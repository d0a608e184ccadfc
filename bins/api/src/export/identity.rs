//! Registration, log-in, passwords and tokens of exporters.

use repository::domain::export::{NewUser, PASSWORD_RULES, User};
use repository::domain::identity::{NewPassword, Password};
use repository::domain::{Email, Id, Invalid};
use repository::{Conn, Tx};
use serde::{Deserialize, Serialize};
use service::export::users;
use utoipa::ToSchema;
use uuid::Uuid;

use super::users::{CreateUser, UserBody};
use super::{Export, ExportAdmin, ExportWrite, schema};
use crate::http::error::responses::{LimitsGuesses, NeedsPassword, SetsPassword, TakesName};
use crate::http::identity::{self, LogIn, OpenSession, SetPassword, TokensBody};
use crate::http::{
    AdminOrSelf, Anyone, ApiResult, Caller, Created, Json, Located, NoContent, OptionalJson, PathId, Routes,
    Shown, Versioned, add_routes, answer,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "export sessions": register_user, log_in_user, set_password, open_session, revoke_sessions
    );
}

impl LogIn for Export {
    type Name = Email;

    fn find_user(conn: &mut Conn<'_>, name: &Email) -> service::Result<Option<Uuid>> {
        Ok(users::find_id_by_email(conn, name)?.map(Id::uuid))
    }

    fn lock_user(tx: &mut Tx<'_>, user: Uuid) -> repository::Result<()> {
        users::lock_shared(tx, Id::from_uuid(user))
    }

    fn record_log_in(tx: &mut Tx<'_>, user: Uuid) -> repository::Result<()> {
        users::record_log_in(tx, Id::from_uuid(user))
    }
}

/// An exporter who registers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "a.sen@example.com", "password": "Turmeric to Hamburg 7", "business_type": "Merchant", "company_size": "Small",
    "company_name": "Suvarna Spices Pvt. Ltd.", "monthly_volume": 250,
}))]
struct RegisterUser {
    /// Logs in with it. No two exporters have the same.
    email: String,
    /// 8 to 128 characters, with an upper-case letter, a lower-case letter and a digit.
    #[schema(format = Password)]
    password: String,
    #[schema(value_type = schema::BusinessType)]
    business_type: String,
    #[schema(value_type = schema::CompanySize)]
    company_size: String,
    company_name: Option<String>,
    /// What the company ships in a month.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    monthly_volume: Option<i64>,
}

impl RegisterUser {
    fn read(self) -> Result<(NewUser, NewPassword), Invalid> {
        let Self { email, password, business_type, company_size, company_name, monthly_volume } = self;
        let mut fields = Invalid::collect();
        let password = fields.take("/password", NewPassword::parse(&password, &PASSWORD_RULES));
        let user = CreateUser { email, business_type, company_size, company_name, monthly_volume };
        let user = user.read_into(&mut fields);
        fields.build(|| Some((user?, password?)))
    }
}

/// A user who was made, with tokens.
#[derive(Serialize, ToSchema)]
struct RegisteredUserBody {
    user: UserBody,
    tokens: TokensBody,
}

impl Located for RegisteredUserBody {
    fn location(&self) -> String {
        self.user.location()
    }
}

impl Versioned for RegisteredUserBody {
    fn row_version(&self) -> i64 {
        self.user.row_version()
    }
}

/// An exporter who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "a.sen@example.com", "password": "Turmeric to Hamburg 7"}))]
struct LogInUser {
    email: String,
    #[schema(format = Password)]
    password: String,
}

impl LogInUser {
    fn read(self) -> Result<(Email, Password), Invalid> {
        let mut fields = Invalid::collect();
        let email = fields.take("/email", Email::parse(&self.email));
        let password = fields.take("/password", Password::parse(&self.password));
        fields.build(|| Some((email?, password?)))
    }
}

/// Makes an exporter, who is logged in then.
///
/// An address that somebody has is refused after the same work, and its owner is not named.
#[utoipa::path(post, path = "/v1/export/register", responses(TakesName, LimitsGuesses))]
async fn register_user(
    anyone: Anyone,
    Json(body): Json<RegisterUser>,
) -> ApiResult<Created<RegisteredUserBody>> {
    let (new, password) = body.read()?;
    let make = move |tx: &mut Tx<'_>| {
        let user = users::register(tx, new.clone())?;
        Ok((user.id.uuid(), user))
    };
    let (user, tokens) = identity::register::<Export, User>(&anyone, password, make).await?;
    answer(Created(RegisteredUserBody { user: user.into(), tokens: tokens.into() }))
}

/// Opens a session for whoever knows the e-mail address and the password of an exporter.
///
/// An address that nobody has, a deleted exporter, one without a password and a wrong password get the same answer. Ten
/// failures within 15 minutes lock an address for 15 minutes, whether anybody has it or not.
#[utoipa::path(post, path = "/v1/export/log-in", responses(NeedsPassword, LimitsGuesses))]
async fn log_in_user(anyone: Anyone, Json(body): Json<LogInUser>) -> ApiResult<Shown<TokensBody>> {
    let (email, password) = body.read()?;
    identity::log_in::<Export>(&anyone, email, password).await
}

/// Sets another password and ends all sessions of the user.
///
/// It takes the password that is good now, except from an API key with `export:admin`.
#[utoipa::path(put, path = "/v1/export/users/{id}/password", responses(SetsPassword))]
async fn set_password(
    caller: Caller<ExportWrite>,
    PathId(id): PathId<User>,
    Json(body): Json<SetPassword>,
) -> ApiResult<NoContent> {
    let (current, new) = body.read(&PASSWORD_RULES, caller.has::<ExportAdmin>())?;
    identity::set_password::<Export>(&caller, id.uuid(), current, new).await
}

/// Opens a session of a user, for a program to hand on.
///
/// Requests with the access token see and change that user's rows only; all others are as if they were not there.
#[utoipa::path(post, path = "/v1/export/users/{id}/tokens")]
async fn open_session(
    caller: Caller<ExportAdmin>,
    PathId(id): PathId<User>,
    OptionalJson(body): OptionalJson<OpenSession>,
) -> ApiResult<Shown<TokensBody>> {
    identity::open_session::<Export>(&caller, id.uuid(), body.read()?).await
}

/// Ends all sessions of a user: logs out everywhere. Their access tokens are dead a second later.
///
/// An API key needs `export:admin`; a user ends its own with a token that may write.
#[utoipa::path(delete, path = "/v1/export/users/{id}/tokens")]
async fn revoke_sessions(
    caller: Caller<AdminOrSelf<Export>>,
    PathId(id): PathId<User>,
) -> ApiResult<NoContent> {
    identity::end_sessions::<Export>(&caller, id.uuid()).await
}
