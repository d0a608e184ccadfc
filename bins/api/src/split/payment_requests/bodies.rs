//! What payment requests are made by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::split::upi::PaymentApp;
use repository::domain::split::{Bill, CloseReason, Participant, PaymentRequest, RequestStatus};
use repository::domain::{Id, Invalid, UpiId, UpiLink};
use serde::{Deserialize, Serialize};
use service::split::payment_requests::{Ask, Asked, Request, Skipped};
use utoipa::{IntoParams, ToSchema};

use crate::http::Located;
use crate::split::schema;

/// A link that asks for a share. It starts a payment by the payer; it never proves one.
#[derive(Serialize, ToSchema)]
pub(super) struct PaymentRequestBody {
    #[schema(value_type = Uuid)]
    id: Id<PaymentRequest>,
    #[schema(value_type = Uuid)]
    participant_id: Id<Participant>,
    /// The transaction reference (`tr`) of the link, by which a bank statement names the payment.
    #[schema(example = "0190163d8694739baea5966c26f8ad91", min_length = 32, max_length = 32)]
    reference: String,
    /// By NPCI's linking specification 1.6; null once the payer was erased.
    #[schema(example = "upi://pay?pa=asha@okaxis&pn=Asha%20Rao&am=33.34&cu=INR&tn=Dinner%20-%20Ravi&tr=…")]
    upi_link: Option<String>,
    /// The same payment in single apps; null for a closed request.
    app_links: Option<AppLinks>,
    /// A ready text for the payer, with the link; null for a closed request.
    message: Option<String>,
    #[schema(value_type = schema::RequestStatus)]
    status: RequestStatus,
    /// Whether WhatsApp took it.
    whatsapp_sent: bool,
    /// Whether WhatsApp refused it, or lost it.
    whatsapp_failed: bool,
    /// Whether SMS took it.
    sms_sent: bool,
    /// Whether SMS refused it, or lost it.
    sms_failed: bool,
    /// How often it was tried.
    #[schema(minimum = 0)]
    delivery_attempts: i32,
    confirmed_at: Option<DateTime<Utc>>,
    last_delivery_attempt: Option<DateTime<Utc>>,
    /// What went wrong the last time.
    delivery_error: Option<String>,
    /// Why it is closed: its link is not to be used any more. Null while it is open; a share has at most one open request.
    #[schema(value_type = Option<schema::CloseReason>)]
    closed_reason: Option<CloseReason>,
    closed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The same payment in single apps.
#[derive(Serialize, ToSchema)]
struct AppLinks {
    #[schema(example = "gpay://upi/pay?…")]
    gpay: String,
    #[schema(example = "phonepe://pay?…")]
    phonepe: String,
    #[schema(example = "paytmmp://pay?…")]
    paytm: String,
    #[schema(example = "bhim://pay?…")]
    bhim: String,
}

impl From<&UpiLink> for AppLinks {
    fn from(link: &UpiLink) -> Self {
        let link = |app: PaymentApp| app.link(link).expose().to_owned();
        Self {
            gpay: link(PaymentApp::Gpay),
            phonepe: link(PaymentApp::Phonepe),
            paytm: link(PaymentApp::Paytm),
            bhim: link(PaymentApp::Bhim),
        }
    }
}

impl From<Request> for PaymentRequestBody {
    fn from(request: Request) -> Self {
        let Request { request, message } = request;
        let PaymentRequest {
            id,
            participant_id,
            upi_link,
            status,
            whatsapp_sent,
            sms_sent,
            whatsapp_failed,
            sms_failed,
            delivery_attempts,
            confirmed_at,
            last_delivery_attempt,
            delivery_error,
            closed,
            created_at,
            updated_at,
        } = request;
        let usable = upi_link.as_ref().filter(|_| closed.is_none());
        Self {
            id,
            participant_id,
            reference: id.reference(),
            app_links: usable.map(AppLinks::from),
            upi_link: upi_link.as_ref().map(|link| link.expose().to_owned()),
            message: message.map(|message| message.expose().to_owned()),
            status,
            whatsapp_sent,
            whatsapp_failed,
            sms_sent,
            sms_failed,
            delivery_attempts,
            confirmed_at,
            last_delivery_attempt,
            delivery_error: delivery_error.map(|error| error.expose().to_owned()),
            closed_reason: closed.map(|closed| closed.reason),
            closed_at: closed.map(|closed| closed.at),
            created_at,
            updated_at,
        }
    }
}

/// The requests of a bill.
#[derive(Serialize, ToSchema)]
pub(super) struct PaymentRequestsBody {
    data: Vec<PaymentRequestBody>,
}

impl From<Vec<Request>> for PaymentRequestsBody {
    fn from(requests: Vec<Request>) -> Self {
        Self { data: requests.into_iter().map(PaymentRequestBody::from).collect() }
    }
}

/// What became of asking for a bill.
#[derive(Serialize, ToSchema)]
pub(super) struct AskedBody {
    #[serde(skip)]
    bill_id: Id<Bill>,
    /// One request for each who was asked, in the order of the shares.
    data: Vec<PaymentRequestBody>,
    /// Those who cannot be asked.
    skipped: Vec<SkippedBody>,
}

/// Somebody who cannot be asked.
#[derive(Serialize, ToSchema)]
pub(super) struct SkippedBody {
    #[schema(value_type = Uuid)]
    participant_id: Id<Participant>,
    /// `amount_over_upi_limit`: above 100,000 rupees; `currency_not_inr`: UPI pays rupees; `nothing_to_pay`: the share is
    /// 0; `already_confirmed`: the share is paid; `payer_erased`: the contact was erased.
    #[schema(schema_with = schema::not_asked_code)]
    code: &'static str,
}

/// Which payment request to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "00000000000070008000000000000001"}))]
pub(super) struct LookupPaymentRequest {
    /// The `tr` of its link: 32 hexadecimal digits, in upper or lower case.
    reference: String,
}

impl LookupPaymentRequest {
    pub(super) fn read(self) -> Result<Id<PaymentRequest>, Invalid> {
        let mut fields = Invalid::collect();
        let id = fields.take("/reference", Id::from_reference(&self.reference));
        fields.build(|| id)
    }
}

/// Whom to ask, and where they shall pay. Everything may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"upi_id": "asha@okaxis"}))]
pub(super) struct AskForPayment {
    /// Where to pay; else the user's own address, else `DEFAULT_UPI_ID`.
    upi_id: Option<String>,
    /// Only these participants; else everybody who has not paid.
    #[schema(value_type = Option<Vec<Uuid>>)]
    only: Option<Vec<String>>,
}

/// Whom to ask, for those who send no body.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct AskOnly {
    /// Only these participants, separated by commas; else everybody who has not paid.
    only: Option<String>,
}

impl AskForPayment {
    pub(super) fn read(self, query: &AskOnly, fallback: Option<UpiId>) -> Result<Ask, Invalid> {
        let mut fields = Invalid::collect();
        let upi_id = fields.take_optional("/upi_id", self.upi_id.as_deref().map(UpiId::parse));
        let in_query = query.only.as_ref().map(|ids| ids.split(',').map(str::to_owned).collect());
        if in_query.is_some() && self.only.is_some() {
            fields.add("/only", "duplicate", "this stands in the body and in the query: send it once");
        }
        let only: Option<Vec<String>> = self.only.or(in_query);
        let only = only.map(|ids| {
            let ids = ids.iter().enumerate().map(|(n, id)| fields.take(&format!("/only/{n}"), id.parse()));
            ids.flatten().collect()
        });
        fields.build(|| Some(Ask { upi_id: upi_id?, only, fallback }))
    }
}

impl Located for AskedBody {
    fn location(&self) -> String {
        format!("/v1/split/bills/{}/payment-requests", self.bill_id)
    }
}

impl AskedBody {
    pub(super) fn of(bill_id: Id<Bill>, asked: Asked) -> Self {
        let Asked { requests, skipped, made: _ } = asked;
        let skipped =
            skipped.into_iter().map(|Skipped { participant_id, code }| SkippedBody { participant_id, code });
        Self {
            bill_id,
            data: requests.into_iter().map(PaymentRequestBody::from).collect(),
            skipped: skipped.collect(),
        }
    }
}
