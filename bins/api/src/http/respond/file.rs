//! Answers that are not JSON.

use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use crate::http::docs::operation::{Describe, OperationDoc};

/// A type of media, as `Content-Type` has it.
pub(crate) trait MediaType: 'static {
    /// The header.
    const NAME: &'static str;
    /// What the document says of the body.
    const ABOUT: &'static str;
}

/// 200 with a body of this type.
pub(crate) struct File<M> {
    content: Bytes,
    media_type: PhantomData<M>,
}

impl<M: MediaType> File<M> {
    /// The answer with this body.
    pub(crate) fn new(content: impl Into<Bytes>) -> Self {
        Self { content: content.into(), media_type: PhantomData }
    }
}

impl<M: MediaType> Responder for File<M> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type(M::NAME).body(self.content)
    }
}

impl<M: MediaType> Describe for File<M> {
    fn describe(operation: &mut OperationDoc) {
        let essence = M::NAME.split(';').next().unwrap_or_default();
        let schema = match essence.split('/').next() {
            _ if essence == "application/json" => ObjectBuilder::new().schema_type(Type::Object),
            _ if essence == "application/xml" => ObjectBuilder::new().schema_type(Type::String),
            Some("text") => ObjectBuilder::new().schema_type(Type::String),
            // `format: binary` is of OpenAPI 3.0, and what code generators know.
            _ => ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))),
        };
        operation.success_of(200, M::ABOUT, essence, schema.into());
    }
}
