//! Whether the process lives, and whether it can serve.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

use super::readiness::Readiness;
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::{ApiResult, Public, Routes, Shown, add_routes, answer};
use crate::state::State;

/// Adds the routes.
pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "platform service": get_liveness, get_readiness);
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Alive {
    Alive,
}

/// That the process lives.
#[derive(Serialize, ToSchema)]
struct Liveness {
    status: Alive,
}

/// The process lives. Touches nothing, so that a database that is away restarts nobody.
#[utoipa::path(get, path = "/livez")]
async fn get_liveness(_: Public) -> ApiResult<Shown<Liveness>> {
    answer(Shown(Liveness { status: Alive::Alive }))
}

/// The process can serve: the database answers and is as this version needs it.
#[utoipa::path(get, path = "/readyz")]
async fn get_readiness(_: Public, state: Data<State>) -> Readiness {
    state.readiness.get(&state.database, state.redis.as_deref(), &state.bot).await
}

impl Describe for Readiness {
    fn describe(operation: &mut OperationDoc) {
        operation.success::<Self>(200);
        operation.success::<Self>(503);
    }
}

impl Responder for Readiness {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        if self.is_ready() {
            return HttpResponse::Ok().json(self);
        }
        HttpResponse::ServiceUnavailable().insert_header(("Retry-After", "1")).json(self)
    }
}
