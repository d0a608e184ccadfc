//! What the document says of one operation. It follows from the types of the handler's parameters and of its answer, each
//! of which implements [`Describe`] where it is defined.

use std::collections::BTreeMap;

use actix_web::web::Data;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, Ref, RefOr, Required, Response, Schema};
use utoipa::{Path, ToSchema};

/// A part of a handler's signature.
pub(crate) trait Describe {
    /// Adds to an operation what this part means for it.
    fn describe(operation: &mut OperationDoc);
}

/// The first parameter of every handler, which says who may call: a handler without one cannot become a route.
pub(crate) trait Gate: Describe {}

/// The description of an operation, while it is put together.
pub(crate) struct OperationDoc {
    pub(crate) path: String,
    pub(crate) method: HttpMethod,
    operation: Operation,
    schemas: Vec<(String, RefOr<Schema>)>,
    responses: BTreeMap<u16, Response>,
    /// Headers that any success may have, and no success must.
    marks: Vec<(&'static str, Header)>,
    takes_user_tokens: bool,
}

impl OperationDoc {
    /// The operation of a handler: `P` has its comment, its path and the refusals of its own, the types have the rest.
    pub(crate) fn of<P: Path, Parameters: Describe, Answer: Describe>(tag: &str) -> Self {
        let mut operation = P::operation();
        operation.tags = Some(vec![tag.to_owned()]);
        let responses = std::mem::take(&mut operation.responses.responses).into_iter();
        let own = responses.filter_map(|(status, response)| match response {
            RefOr::T(response) => Some((status.parse().ok()?, response)),
            RefOr::Ref(_) => None,
        });
        let mut doc = Self {
            path: P::path(),
            method: P::methods().into_iter().next().unwrap_or(HttpMethod::Get),
            responses: own.collect(),
            operation,
            schemas: Vec::new(),
            marks: Vec::new(),
            takes_user_tokens: false,
        };
        Parameters::describe(&mut doc);
        Answer::describe(&mut doc);
        doc
    }

    /// The operation as it stands in the document, and the components that it refers to.
    pub(super) fn finish(mut self) -> (Operation, Vec<(String, RefOr<Schema>)>) {
        self.refuses_what_is_undeclared();
        let Self { mut operation, schemas, mut responses, marks, takes_user_tokens, .. } = self;
        for (status, response) in &mut responses {
            if (200..300).contains(status) {
                let marks = marks.iter().map(|(name, header)| ((*name).to_owned(), header.clone().into()));
                response.headers.extend(marks);
            } else if *status >= 400 && response.content.is_empty() {
                response.content.insert("application/problem+json".to_owned(), problem_content());
            }
        }
        let responses = responses.into_iter().map(|(status, response)| (status.to_string(), response.into()));
        operation.responses.responses = responses.collect();
        // Every operation may fail, and always in the same shape.
        let mut any = Response::new("What went wrong (RFC 9457); the codes are listed at the top");
        any.content.insert("application/problem+json".to_owned(), problem_content());
        operation.responses.responses.insert("default".to_owned(), any.into());
        let takes_keys =
            operation.security.iter().flatten().any(|scheme| *scheme != SecurityRequirement::default());
        if takes_keys && !takes_user_tokens {
            operation.extensions.get_or_insert_default().insert("x-keys-only".to_owned(), true.into());
        }
        (operation, schemas)
    }

    /// Describes the refusals of parameters and bodies that no operation of this kind reads.
    fn refuses_what_is_undeclared(&mut self) {
        if !self.responses.contains_key(&422) {
            self.problem(422, "`invalid_input`: the request has a parameter or a field that is not known");
        }
        if self.operation.request_body.is_none() && !self.responses.contains_key(&400) {
            self.problem(400, "`malformed_json`: there is a body, and it is not JSON");
        }
    }

    /// Nobody has to be known.
    pub(crate) fn is_public(&mut self) {
        self.operation.security = Some(vec![SecurityRequirement::default()]);
    }

    /// An API key with this scope may call, and a user's token too if `takes_user_tokens` says so.
    pub(crate) fn takes_scope(&mut self, scope: &str, takes_user_tokens: bool) {
        let requirement = SecurityRequirement::new("api_key", [scope]);
        self.operation.security.get_or_insert_default().push(requirement);
        self.takes_user_tokens |= takes_user_tokens;
    }

    /// It needs the database, which may be busy or away.
    pub(crate) fn uses_database(&mut self) {
        let reasons = "`overloaded`, `timeout`, `unavailable` or `contention`";
        self.problem(503, &format!("{reasons}: the same request may succeed after `Retry-After`"));
    }

    /// Adds a parameter.
    pub(crate) fn parameter(
        &mut self,
        name: &str,
        place: ParameterIn,
        about: &str,
        schema: impl Into<RefOr<Schema>>,
    ) {
        let required = if place == ParameterIn::Path { Required::True } else { Required::False };
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .description(Some(about))
            .schema(Some(schema));
        self.parameters([parameter.build()]);
    }

    /// Adds a header that a request may have.
    pub(crate) fn request_header(&mut self, name: &str, about: &str) {
        self.parameter(name, ParameterIn::Header, about, ObjectBuilder::new().schema_type(Type::String));
    }

    /// Adds parameters.
    pub(crate) fn parameters(&mut self, parameters: impl IntoIterator<Item = Parameter>) {
        self.operation.parameters.get_or_insert_default().extend(parameters.into_iter().map(RefOr::T));
    }

    /// Sets the body of the request, in each of its media types.
    pub(crate) fn body<const N: usize>(
        &mut self,
        contents: [(&str, RefOr<Schema>); N],
        required: Required,
        about: Option<&str>,
    ) {
        let body = RequestBodyBuilder::new().required(Some(required)).description(about);
        let body = contents
            .into_iter()
            .fold(body, |body, (name, schema)| body.content(name, Content::new(Some(schema))));
        self.operation.request_body = Some(RefOr::T(body.build()));
    }

    /// Makes a schema a component, and refers to it.
    pub(crate) fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        Ref::from_schema_name(T::name()).into()
    }

    /// Adds a reason for which a request is refused with this status.
    pub(crate) fn problem(&mut self, status: u16, reason: &str) -> &mut Response {
        let response = self.response(status);
        if response.description.is_empty() {
            reason.clone_into(&mut response.description);
        } else if !response.description.contains(reason) {
            response.description = format!("{}; {reason}", response.description);
        }
        response
    }

    /// Adds a success with a JSON body. What the body is, the comment of its type says.
    pub(crate) fn success<B: ToSchema>(&mut self, status: u16) -> &mut Response {
        let schema = self.schema::<B>();
        self.success_of(status, &about::<B>(), "application/json", schema)
    }

    /// Adds a success with a body of another type.
    pub(crate) fn success_of(
        &mut self,
        status: u16,
        about: &str,
        media_type: &str,
        schema: RefOr<Schema>,
    ) -> &mut Response {
        let mut response = Response::new(about);
        response.content.insert(media_type.to_owned(), Content::new(Some(schema)).into());
        self.respond(status, response)
    }

    /// Adds a response, in place of another with this status.
    pub(crate) fn respond(&mut self, status: u16, response: Response) -> &mut Response {
        let place = self.response(status);
        *place = response;
        place
    }

    /// The response with this status.
    pub(crate) fn response(&mut self, status: u16) -> &mut Response {
        self.responses.entry(status).or_default()
    }

    /// Adds a header that any success may have, and no success must.
    pub(crate) fn mark(&mut self, name: &'static str, about: &str) {
        self.marks.push((name, header(about)));
    }
}

/// A header of an answer.
pub(crate) fn header(about: &str) -> Header {
    HeaderBuilder::new().description(Some(about)).build()
}

fn problem_content() -> RefOr<Content> {
    Content::new(Some(Ref::from_schema_name("Problem"))).into()
}

/// The comment of a type.
fn about<T: ToSchema>() -> String {
    let schema = match T::schema() {
        RefOr::T(Schema::Object(object)) => object.description,
        RefOr::T(Schema::AllOf(object)) => object.description,
        _ => None,
    };
    schema.unwrap_or_default()
}

/// The state of the service, which no operation speaks of.
impl<T: ?Sized> Describe for Data<T> {
    fn describe(_: &mut OperationDoc) {}
}

impl<T: Describe, E> Describe for Result<T, E> {
    fn describe(operation: &mut OperationDoc) {
        T::describe(operation);
    }
}

macro_rules! describe_parameters {
    ($($rest:ident),*) => {
        impl<G: Gate, $($rest: Describe),*> Describe for (G, $($rest,)*) {
            fn describe(operation: &mut OperationDoc) {
                G::describe(operation);
                $($rest::describe(operation);)*
            }
        }
    };
}

describe_parameters!();
describe_parameters!(A);
describe_parameters!(A, B);
describe_parameters!(A, B, C);
describe_parameters!(A, B, C, D);
describe_parameters!(A, B, C, D, E);
describe_parameters!(A, B, C, D, E, F);
