//! Who is behind a request, and what that lets it do.

use std::sync::Arc;

use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use repository::Actor;
use repository::domain::identity::TokenScope;
use repository::domain::rate_limit::Quota;
use repository::platform::api_keys::ApiKey;
use service::identity::EndUser;

use super::scope::{self, Level, Scope};
use crate::http::error::{ApiError, codes};
use crate::http::limits::{Limits, Subject};

/// A program with an API key, or a user of a system with a token.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    /// May do what its scopes say, with everybody's rows.
    Key(Arc<ApiKey>),
    /// May do what its token says, with its own rows: it acts as a role that sees no others.
    User(EndUser, TokenScope),
}

impl Principal {
    /// For the database handle and the audit log.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Key(key) => Actor::api_key(key.id.uuid()),
            Self::User(user, _) => Actor::end_user(user.system, user.id),
        }
    }

    /// Whom its requests count for, and how many there may be. Most keys have no limit.
    pub(super) fn limit(&self, limits: &Limits) -> Option<(Subject, Quota)> {
        match self {
            Self::Key(key) => key.rate_limit.map(|quota| (Subject::ApiKey(key.id.uuid()), quota)),
            Self::User(user, _) => {
                Some((Subject::EndUser(user.system, user.id), limits.end_users_of(user.system)))
            }
        }
    }

    /// Whether it has the scope `S`. No user looks after a system, or after the platform.
    pub(super) fn has<S: Scope>(&self) -> bool {
        match self {
            Self::Key(key) => scope::allow(&key.scopes, S::SYSTEM, S::KEY),
            Self::User(user, given) => {
                user.system == S::SYSTEM && S::USER.is_some_and(|needed| level_of(*given) >= needed)
            }
        }
    }

    /// The systems that it looks after. A user looks after none.
    pub(super) fn looks_after(&self) -> Vec<&'static str> {
        match self {
            Self::Key(key) => scope::looked_after(&key.scopes),
            Self::User(..) => Vec::new(),
        }
    }

    /// Refuses whoever does not have the scope `S`.
    pub(super) fn check<S: Scope>(&self) -> Result<(), ApiError> {
        if self.has::<S>() {
            return Ok(());
        }
        let (scope, detail) = match (self, S::USER) {
            (Self::User(..), Some(level)) => {
                let scope = scope::name(S::SYSTEM, level);
                (scope.clone(), format!("the token lacks the scope {scope}"))
            }
            (Self::User(..), None) => {
                let scope = scope::name(S::SYSTEM, S::KEY);
                (scope.clone(), format!("this takes an API key with the scope {scope}"))
            }
            (Self::Key(_), _) => {
                let scope = scope::name(S::SYSTEM, S::KEY);
                (scope.clone(), format!("the API key lacks the scope {scope}"))
            }
        };
        let error = ApiError::new(&codes::INSUFFICIENT_SCOPE, detail);
        let challenge =
            format!("Bearer realm=\"strongroom\", error=\"insufficient_scope\", scope=\"{scope}\"");
        Err(match HeaderValue::from_str(&challenge) {
            Ok(challenge) => error.with_header(WWW_AUTHENTICATE, challenge),
            Err(_) => error,
        })
    }
}

fn level_of(scope: TokenScope) -> Level {
    match scope {
        TokenScope::Read => Level::Read,
        TokenScope::Write => Level::Write,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::http::auth::scope::{Admin, AdminOrSelf, KeysOnly, PlatformAdmin, Read, System, Write};

    struct Split;

    impl System for Split {
        const NAME: &'static str = "split";
    }

    type SplitRead = Read<Split>;
    type SplitWrite = Write<Split>;
    type SplitAdmin = Admin<Split>;

    fn allowed(system: &'static str, scope: TokenScope) -> [bool; 6] {
        let user = Principal::User(EndUser { system, id: Uuid::from_u128(1) }, scope);
        [
            user.has::<SplitRead>(),
            user.has::<SplitWrite>(),
            user.has::<SplitAdmin>(),
            user.has::<PlatformAdmin>(),
            user.has::<KeysOnly<SplitRead>>(),
            user.has::<AdminOrSelf<Split>>(),
        ]
    }

    #[test]
    fn a_token_is_for_its_own_system_and_never_for_what_admins_do() {
        assert_eq!(allowed("split", TokenScope::Read), [true, false, false, false, false, false]);
        assert_eq!(allowed("split", TokenScope::Write), [true, true, false, false, false, true]);
        assert_eq!(allowed("export", TokenScope::Write), [false; 6]);
        assert_eq!(allowed("platform", TokenScope::Write), [false; 6]);
    }

    #[test]
    fn what_users_do_for_themselves_takes_an_admin_for_others() {
        let key = |scope: &str| {
            let key = ApiKey {
                id: repository::domain::Id::generate(),
                name: "agent".into(),
                scopes: vec![scope.into()],
                created_at: chrono::DateTime::UNIX_EPOCH,
                last_used_at: None,
                revoked_at: None,
                rate_limit: None,
            };
            Principal::Key(Arc::new(key))
        };
        assert!(key("split:admin").has::<AdminOrSelf<Split>>());
        assert!(!key("split:write").has::<AdminOrSelf<Split>>());
        assert!(!key("export:admin").has::<AdminOrSelf<Split>>());
    }

    #[test]
    fn who_is_refused_hears_what_would_do() {
        let user = Principal::User(EndUser { system: "split", id: Uuid::from_u128(1) }, TokenScope::Read);
        let said = |refused: Result<(), ApiError>| refused.unwrap_err().problem("r").detail;
        assert_eq!(said(user.check::<SplitWrite>()), "the token lacks the scope split:write");
        let keys_only = said(user.check::<KeysOnly<SplitWrite>>());
        assert_eq!(keys_only, "this takes an API key with the scope split:write");
    }
}
