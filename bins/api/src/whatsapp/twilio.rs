//! Requests that Twilio has signed, and what it is answered.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{HOST, HeaderName};
use actix_web::{FromRequest, HttpRequest, web};
use repository::domain::whatsapp::Form;
use repository::domain::whatsapp::form::FormError;
use service::whatsapp::webhook::{BodyKind, Refused, Request};
use utoipa::ToSchema;
use utoipa::openapi::Required;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};

use crate::http::docs::operation::{Describe, Gate, OperationDoc};
use crate::http::error::{ApiError, codes};
use crate::http::input::body::{FormFormat, read_signed};
use crate::http::{Anyone, MediaType, target};

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const IDEMPOTENCY_TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");

/// The parameters of a request that Twilio has signed; `P` describes them. Nothing of the database is read before that is
/// known, and a wrong signature is no guess of its address: Twilio's addresses are shared by all of its customers.
pub(super) struct Signed<P> {
    pub(super) form: Form,
    /// `I-Twilio-Idempotency-Token`.
    pub(super) token: Option<String>,
    /// The service, which acts for the request.
    pub(super) service: Anyone,
    parameters: std::marker::PhantomData<P>,
}

impl<P> FromRequest for Signed<P> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let service = Anyone::from_request(request, payload).into_inner();
        let payload = web::Payload::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move {
            let service = service?;
            let payload = payload.map_err(|error| ApiError::fault(&error))?;
            let (body, format) = read_signed(&request, payload).await?;
            let form = open(&request, &service, &body, format)?;
            let token = request.headers().get(IDEMPOTENCY_TOKEN).and_then(|value| value.to_str().ok());
            Ok(Self { form, token: token.map(str::to_owned), service, parameters: std::marker::PhantomData })
        })
    }
}

fn open(request: &HttpRequest, service: &Anyone, body: &[u8], format: FormFormat) -> Result<Form, ApiError> {
    let signatures: Vec<&str> =
        request.headers().get_all(SIGNATURE).map(|value| value.to_str().unwrap_or_default()).collect();
    let opened = service.state().bot.webhook.open(&Request {
        own_base: &own_base(request),
        path_and_query: &target::as_received(request),
        kind: match format {
            FormFormat::Form => BodyKind::Form,
            FormFormat::Json => BodyKind::Json,
        },
        body,
        signatures: &signatures,
    });
    opened.map_err(|refused| match refused {
        Refused::Signature => ApiError::new(&codes::INVALID_SIGNATURE, "the signature is not Twilio's"),
        Refused::Body(error) => of_body(&error),
    })
}

/// Scheme and host of this server as the client named them. What a proxy says of itself is not heard: anybody may say it.
fn own_base(request: &HttpRequest) -> String {
    let scheme = if request.app_config().secure() { "https" } else { "http" };
    // HTTP/2 has the host in its target.
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).or(authority);
    format!("{scheme}://{}", host.unwrap_or_default())
}

fn of_body(error: &FormError) -> ApiError {
    let detail = error.to_string();
    match error {
        FormError::NotUtf8 => ApiError::new(&codes::BAD_REQUEST, detail),
        FormError::NotJson => ApiError::new(&codes::MALFORMED_JSON, detail),
        FormError::NotAnObject => ApiError::invalid("", "wrong_type", detail),
        FormError::NotAText { name } => {
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            ApiError::invalid(pointer, "wrong_type", detail)
        }
    }
}

impl<P: ToSchema> Describe for Signed<P> {
    fn describe(operation: &mut OperationDoc) {
        Anyone::describe(operation);
        let schema = operation.schema::<P>();
        let contents = [("application/x-www-form-urlencoded", schema.clone()), ("application/json", schema)];
        let about = "The parameters. JSON needs its SHA-256 as `bodySHA256` in the query";
        operation.body(contents, Required::True, Some(about));
        operation.request_header("X-Twilio-Signature", "HMAC-SHA1 of URL and form, by the account's token");
        operation.request_header("I-Twilio-Idempotency-Token", "Names a delivery of Twilio's, for tracing");
        let any = ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::FreeForm(true)));
        operation.parameter(
            "query",
            ParameterIn::Query,
            "Whatever stands in the URL that Twilio was given",
            any,
        );
        for (status, reason) in [
            (400, "`bad_request`: the body is not UTF-8; `malformed_json`: the body is not JSON"),
            (403, "`invalid_signature`: it is not Twilio that sends this, or not for this account"),
            (408, "`request_timeout`: the body took over 15 s to arrive"),
            (413, "`payload_too_large`: the body is longer than 256 KiB"),
            (415, "`unsupported_media_type`: the body is neither a form nor JSON, in UTF-8"),
            (422, "`invalid_input`: `errors` names every parameter that breaks a rule"),
        ] {
            operation.problem(status, reason);
        }
    }
}

impl<P: ToSchema> Gate for Signed<P> {}

/// TwiML.
pub(super) struct TwiMl;

impl MediaType for TwiMl {
    const NAME: &'static str = "application/xml";
    const ABOUT: &'static str = "TwiML: nothing, or a message that Twilio sends";
}
