//! Splits a bill with the client that openapi-generator generates for Rust.

use std::env;
use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use strongroom::apis::configuration::Configuration;
use strongroom::apis::split_bills_api::{split_create_bill, split_get_bill, split_list_bills, split_preview_split};
use strongroom::apis::split_contacts_api::split_create_contact;
use strongroom::apis::split_participants_api::split_confirm_participant;
use strongroom::apis::split_payment_requests_api::{
    split_get_qr_code, split_get_qr_png, split_get_qr_svg, split_request_payments,
};
use strongroom::apis::split_sessions_api::split_open_session;
use strongroom::apis::split_users_api::split_find_or_create_user;
use strongroom::models::{
    SplitBillStatus, SplitCreateBill, SplitCreateContact, SplitCreateUser, SplitDivision, SplitDivisionOrganiser,
    SplitDivisionParticipant, SplitMode, SplitPreviewSplit,
};

fn main() -> Result<(), Box<dyn Error>> {
    let api = Configuration {
        base_path: env::var("STRONGROOM_URL")?,
        bearer_access_token: Some(env::var("STRONGROOM_KEY")?),
        ..Configuration::default()
    };

    let mut asha = SplitCreateUser::new("98765 43205".to_owned());
    asha.name = Some(Some("Asha Rao".to_owned()));
    asha.upi_id = Some(Some("asha@okaxis".to_owned()));
    let asha = split_find_or_create_user(&api, asha, None, None)?;
    let asha_id = asha.id.to_string();
    let mut contacts = Vec::new();
    for (name, phone_number) in [("Ravi", "98765 43211"), ("Meera", "98765 43212")] {
        let new = SplitCreateContact::new(name.to_owned(), phone_number.to_owned());
        contacts.push(split_create_contact(&api, &asha_id, new, None, None)?.id);
    }

    // Floats would make 0.30000000000000004 of it.
    let mut exact = SplitDivision::new(SplitMode::Exact);
    let parts = contacts.iter().zip(["0.10", "0.20"]).map(|(id, amount)| SplitDivisionParticipant {
        amount: Some(Some(amount.to_owned())),
        ..SplitDivisionParticipant::new(*id)
    });
    exact.participants = Some(Some(parts.collect()));
    let preview = split_preview_split(&api, SplitPreviewSplit::new(exact, "0.30".to_owned()))?;
    let owed: Vec<_> = preview.participants.iter().map(|share| share.amount_owed.as_str()).collect();
    assert_eq!(owed, ["0.10", "0.20"]);

    let mut equal = SplitDivision::new(SplitMode::Equal);
    equal.organiser = Some(Some(Box::new(SplitDivisionOrganiser::new())));
    equal.participants = Some(Some(contacts.iter().map(|id| SplitDivisionParticipant::new(*id)).collect()));
    let mut bill = SplitCreateBill::new("100.00".to_owned(), asha.id);
    bill.split = Some(Some(Box::new(equal)));
    let bill = split_create_bill(&api, bill, None, None)?;
    let bill_id = bill.id.to_string();
    let owed: Vec<_> = bill.participants.iter().map(|share| share.amount_owed.as_str()).collect();
    assert_eq!(owed, ["33.34", "33.33"]);
    assert_eq!(bill.organiser_share.flatten().as_deref(), Some("33.33"));

    // The body of both may be left out.
    let requests = split_request_payments(&api, &bill_id, None, None, None, None)?.data;
    let link = requests[0].upi_link.as_ref().and_then(Option::as_deref);
    assert!(requests.len() == 2 && link.is_some_and(|link| link.contains("am=33.34")), "{requests:?}");
    split_open_session(&api, &asha_id, None, None)?;

    let request = requests[0].id.to_string();
    let png = split_get_qr_png(&api, &request)?.bytes()?;
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(split_get_qr_svg(&api, &request)?.text()?.starts_with("<svg "));
    let code = split_get_qr_code(&api, &request)?;
    assert_eq!(code.data_uri, format!("data:image/png;base64,{}", BASE64.encode(&png)));

    for share in &bill.participants {
        split_confirm_participant(&api, &share.id.to_string(), None, None)?;
    }
    assert_eq!(split_get_bill(&api, &bill_id, None)?.status, SplitBillStatus::Completed);
    let status = Some(SplitBillStatus::Completed);
    let bills = split_list_bills(&api, &asha_id, status, None, None, None, None, None, None, None)?.data;
    assert_eq!((bills[0].total_paid.as_str(), bills[0].remaining.as_str()), ("66.67", "0.00"));
    Ok(())
}
