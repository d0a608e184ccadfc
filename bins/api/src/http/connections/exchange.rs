//! A request and its answer, until the answer has been handed to the connection.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_core::Stream;

use super::Connection;
use crate::http::error::{ApiError, codes};

/// A request that is being worked on, or whose answer is being sent.
///
/// It holds the request's payload. actix-http closes the connection after the answer where the payload has not been read
/// to its end, but only as long as somebody holds it: the rest of a chunked body that nobody holds is read for as long
/// as it goes on coming.
pub(crate) struct Exchange {
    connection: Option<Rc<Connection>>,
    is_worked_on: bool,
    _payload: Option<SharedPayload>,
}

impl Exchange {
    /// Begins. The request's payload can be read as before.
    pub(crate) fn begin(request: &mut ServiceRequest) -> Self {
        let connection = request.conn_data::<Rc<Connection>>().cloned();
        connection.iter().for_each(|connection| connection.begin_request());
        Self { connection, is_worked_on: true, _payload: share_payload(request) }
    }

    /// Whether the request may be worked on.
    ///
    /// # Errors
    /// [`codes::OVERLOADED`] when too many requests of the connection are unfinished.
    pub(crate) fn admit(&self) -> Result<(), ApiError> {
        if self.connection.as_ref().is_some_and(|connection| connection.is_overloaded()) {
            let detail = "too many requests of this connection are unfinished: send fewer at a time";
            return Err(ApiError::new(&codes::OVERLOADED, detail));
        }
        Ok(())
    }

    /// The work is done; the exchange ends when this body has been handed to the connection.
    pub(crate) fn answer(mut self, body: BoxBody) -> BoxBody {
        self.end_work();
        BoxBody::new(AnswerBody { body, _exchange: self })
    }

    fn end_work(&mut self) {
        if self.is_worked_on {
            self.connection.iter().for_each(|connection| connection.end_work());
        }
        self.is_worked_on = false;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.end_work();
        self.connection.iter().for_each(|connection| connection.end_request());
    }
}

struct AnswerBody {
    body: BoxBody,
    _exchange: Exchange,
}

impl MessageBody for AnswerBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

#[derive(Clone)]
struct SharedPayload(Rc<RefCell<Payload>>);

impl Stream for SharedPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// A second hold on the payload, where there is one.
fn share_payload(request: &mut ServiceRequest) -> Option<SharedPayload> {
    let payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return None;
    }
    let shared = SharedPayload(Rc::new(RefCell::new(payload)));
    request.set_payload(Payload::Stream { payload: Box::pin(shared.clone()) });
    Some(shared)
}
