//! The way of a payment request to the payer.

use repository::domain::split::{Outcome, PaymentRequest};
use repository::domain::{Invalid, Note};
use serde::Deserialize;
use service::split::deliveries::{self, Report};
use utoipa::ToSchema;

use super::bodies::PaymentRequestBody;
use crate::http::{ApiResult, Change, Json, PathId, Routes, Shown, add_routes};
use crate::split::{SplitWrite, schema};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "split payment requests": record_delivery, resend_payment_request);
}

/// What a channel says of a payment request: that it took it or not, or later that it arrived or was lost.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "whatsapp", "outcome": "failed", "error": "no such number"}))]
struct RecordAttempt {
    /// In any case.
    #[schema(value_type = schema::Channel)]
    channel: String,
    /// In any case.
    #[schema(value_type = schema::Outcome)]
    outcome: String,
    /// What went wrong, at most 2,000 characters; with `failed` only.
    #[schema(max_length = 2000)]
    error: Option<String>,
}

impl RecordAttempt {
    fn read(self) -> Result<Report, Invalid> {
        let mut fields = Invalid::collect();
        let channel = fields.take("/channel", self.channel.parse());
        let outcome = fields.take("/outcome", self.outcome.parse());
        let error = fields.take_optional("/error", self.error.as_deref().map(Note::parse));
        if self.error.is_some() && outcome.is_some_and(|outcome| outcome != Outcome::Failed) {
            fields.add("/error", "not_failed", "an error is for what has failed only");
        }
        fields.build(|| Some(Report { channel: channel?, outcome: outcome?, error: error? }))
    }
}

/// Records an attempt to send a payment request, or what became of it later.
///
/// Once a channel took it, request and share are sent; when every channel failed, both are failed. What has arrived stays
/// delivered, whatever is reported later. A closed request takes no more reports.
#[utoipa::path(post, path = "/v1/split/payment-requests/{id}/attempts", responses((
    status = 409,
    description = "`already_confirmed`: the share is paid; `request_closed`: the request is closed for another reason",
)))]
async fn record_delivery(
    change: Change<SplitWrite>,
    PathId(id): PathId<PaymentRequest>,
    Json(body): Json<RecordAttempt>,
) -> ApiResult<Shown<PaymentRequestBody>> {
    let report = body.read()?;
    change.write("split.record_delivery", move |tx| deliveries::record(tx, id, &report)).await
}

/// Starts the delivery of a payment request again: no channel counts as tried.
#[utoipa::path(post, path = "/v1/split/payment-requests/{id}/resend", responses((
    status = 409,
    description = "`already_confirmed`: the share is paid; `bill_not_active`: the bill is completed or cancelled; \
                   `request_closed`: the request is closed for another reason",
)))]
async fn resend_payment_request(
    change: Change<SplitWrite>,
    PathId(id): PathId<PaymentRequest>,
) -> ApiResult<Shown<PaymentRequestBody>> {
    change.write("split.resend_payment_request", move |tx| deliveries::resend(tx, id)).await
}

#[cfg(test)]
mod tests {
    use repository::domain::split::Channel;
    use serde_json::{Value, json};

    use super::*;
    use crate::http::input::decode;

    fn read(body: Value) -> Result<Report, Vec<(String, &'static str)>> {
        let report = decode::json::<RecordAttempt>(body.to_string().as_bytes()).unwrap().read();
        report.map_err(|invalid| invalid.violations().iter().map(|v| (v.pointer.clone(), v.code)).collect())
    }

    #[test]
    fn channel_and_outcome_are_read_in_any_case() {
        let report = read(json!({"channel": "SMS", "outcome": "Failed", "error": "no such number"})).unwrap();
        assert_eq!((report.channel, report.outcome), (Channel::Sms, Outcome::Failed));
        assert_eq!(report.error.unwrap().expose(), "no such number");
        let wrong = read(json!({"channel": "pigeon", "outcome": "eaten"})).unwrap_err();
        let codes = ["/channel", "/outcome"].map(|pointer| (pointer.to_owned(), "unknown_value"));
        assert_eq!(wrong, codes);
    }

    #[test]
    fn only_what_failed_has_an_error() {
        let wrong = read(json!({"channel": "sms", "outcome": "sent", "error": "none"})).unwrap_err();
        assert_eq!(wrong, [("/error".to_owned(), "not_failed")]);
        assert!(read(json!({"channel": "sms", "outcome": "delivered", "error": null})).is_ok());
    }
}
