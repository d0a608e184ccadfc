//! A client that sends what careful ones cannot.

use repository::codec::sha256_hex;
use repository::domain::whatsapp::Form;
use strongroom_tests::Server;
use ureq::http;

use super::document::{Operation, Received};
use super::requests::{Request, TO_BE_SIGNED};
use super::systems::system_of;
use crate::twilio;

/// Sends bodies that are no text, which [`Server`]'s own client does not.
pub(crate) struct Client<'a> {
    pub(crate) server: &'a Server,
    agent: ureq::Agent,
}

impl<'a> Client<'a> {
    pub(crate) fn of(server: &'a Server) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Self { server, agent }
    }

    /// Brings the row that a path names into the state that an operation is for.
    pub(crate) fn prepare(&self, operation: Operation<'_>, example: &Request) {
        let (row, action) = example.path.rsplit_once('/').unwrap_or_default();
        match action {
            "restore" => assert_eq!(self.server.send("DELETE", row, &[], None).status, 204, "{operation}"),
            _ => system_of(operation.path).prepare(self, operation, example),
        }
    }

    /// A request with its signature, where it is to have one.
    fn signed(&self, request: &Request) -> Option<Request> {
        let place = request.headers.iter().position(|(_, value)| value == TO_BE_SIGNED)?;
        let mut signed = request.clone();
        let body = request.body.as_deref().unwrap_or_default();
        let is_json =
            request.headers.iter().any(|(name, value)| *name == "content-type" && value.contains("json"));
        if is_json {
            let separator = if request.path.contains('?') { '&' } else { '?' };
            signed.path = format!("{}{separator}bodySHA256={}", request.path, sha256_hex(body));
        }
        let url = format!("{}{}", self.server.address(), signed.path);
        let form = if is_json { Form::default() } else { Form::parse(body).unwrap_or_default() };
        signed.headers[place].1 = twilio::sign(&form.signed_text(&url));
        Some(signed)
    }

    pub(crate) fn send(&self, request: &Request) -> Received {
        let signed = self.signed(request);
        let request = signed.as_ref().unwrap_or(request);
        let uri = format!("{}{}", self.server.address(), request.path);
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(uri);
        if !request.headers.iter().any(|(name, _)| *name == "authorization") {
            builder = builder.header("authorization", format!("Bearer {}", self.server.key()));
        }
        for (name, value) in request.headers.iter().filter(|(_, value)| !value.is_empty()) {
            builder = builder.header(*name, value);
        }
        let response = match &request.body {
            Some(body) => self.agent.run(builder.body(body.as_slice()).unwrap()),
            None => self.agent.run(builder.body(()).unwrap()),
        };
        let mut response = response.unwrap_or_else(|error| panic!("{request}\n  {error}"));
        let body = response.body_mut().read_to_vec().unwrap_or_else(|error| panic!("{request}\n  {error}"));
        Received { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }
}
