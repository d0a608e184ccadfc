//! A client that sends what careful ones cannot.

use strongroom_tests::Server;
use ureq::http;

use super::document::{Operation, Received};
use super::requests::Request;
use super::systems::system_of;

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

    pub(crate) fn send(&self, request: &Request) -> Received {
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
