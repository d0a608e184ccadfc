//! Whether a request comes from Twilio, and what it says.

use domain::whatsapp::Form;
use domain::whatsapp::form::{FormError, body_digest, signed_urls};
use repository::codec::{TwilioToken, sha256_hex};

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`.
    Json,
}

/// A request as it came.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Scheme and host by which the service was called, which count where no public URL is set.
    pub own_base: &'a str,
    /// Path and query, byte for byte.
    pub path_and_query: &'a str,
    /// How the body is written.
    pub kind: BodyKind,
    /// The body.
    pub body: &'a [u8],
    /// Every value of `X-Twilio-Signature`.
    pub signatures: &'a [&'a str],
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Missing, given twice, wrong, for another account, or there is no token. They are told alike.
    #[error("the signature is not Twilio's")]
    Signature,
    /// The body has no parameters. Nothing was signed that could be read.
    #[error(transparent)]
    Body(#[from] FormError),
}

/// What tells Twilio's requests from others.
#[derive(Debug, Default)]
pub struct Webhook {
    /// The account's tokens: two while it is being changed.
    pub tokens: Vec<TwilioToken>,
    /// The URL of the service as Twilio calls it: scheme, host, port and prefix of the path.
    pub public_base_url: Option<String>,
    /// The account that requests must name, where it is set.
    pub account_sid: Option<String>,
}

impl Webhook {
    /// The parameters of a request that Twilio has signed.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn open(&self, request: &Request<'_>) -> Result<Form, Refused> {
        let form = match request.kind {
            BodyKind::Form => Form::parse(request.body)?,
            BodyKind::Json => self.open_json(request)?,
        };
        if request.kind == BodyKind::Form {
            self.verify(request, |url| form.signed_text(url))?;
        }
        match &self.account_sid {
            Some(expected) if form.get("AccountSid") != Some(expected) => Err(Refused::Signature),
            _ => Ok(form),
        }
    }

    /// Of JSON the URL alone is signed, and it states the digest of the body.
    fn open_json(&self, request: &Request<'_>) -> Result<Form, Refused> {
        self.verify(request, str::to_owned)?;
        if body_digest(request.path_and_query) != Some(&*sha256_hex(request.body)) {
            return Err(Refused::Signature);
        }
        Ok(Form::parse_json(request.body)?)
    }

    fn verify(&self, request: &Request<'_>, signed: impl Fn(&str) -> String) -> Result<(), Refused> {
        let [signature] = request.signatures else { return Err(Refused::Signature) };
        let base = self.public_base_url.as_deref().unwrap_or(request.own_base);
        let messages: Vec<String> =
            signed_urls(base, request.path_and_query).iter().map(|url| signed(url)).collect();
        let is_of =
            |token: &TwilioToken, message: &String| token.verify(message.as_bytes(), signature).is_ok();
        let is_signed = self.tokens.iter().any(|token| messages.iter().any(|message| is_of(token, message)));
        if is_signed { Ok(()) } else { Err(Refused::Signature) }
    }
}
