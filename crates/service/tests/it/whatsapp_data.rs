//! All that is kept of a person.

use domain::whatsapp::{DeliveryReport, DeliveryStatus, MessageSid, Sender};
use domain::{Id, Limit, PageRequest};
use repository::testing;
use strongroom_service::whatsapp::data::{DataRow, page};
use strongroom_service::whatsapp::message_deliveries;

use crate::whatsapp_fixtures::{ASHA, asha, receive};

#[test]
fn every_row_of_a_person_comes_once_page_by_page() {
    testing::check(|tx| {
        for n in 1..=4 {
            receive(tx, &format!("SM{n}"), &format!("m{n}"));
        }
        let report = DeliveryReport {
            message_sid: MessageSid::parse("SM9").unwrap(),
            to: Sender::parse(ASHA, None).unwrap(),
            status: DeliveryStatus::Sent,
            error_code: None,
        };
        message_deliveries::record(tx, &report).unwrap();
        let user = asha(tx).user_id;
        let mut request = PageRequest { limit: Limit::new(1).unwrap(), after: None };
        let mut rows = Vec::new();
        loop {
            let found = page(tx, user, request).unwrap();
            rows.extend(found.items);
            request = PageRequest { limit: Limit::new(1).unwrap(), after: found.next };
            if request.after.is_none() {
                break;
            }
        }
        let shown: Vec<String> = rows
            .iter()
            .map(|row| match row {
                DataRow::User(user) => user.phone_number.as_ref().unwrap().expose().to_owned(),
                DataRow::Chat(_, messages) => {
                    messages.iter().map(|message| message.content.expose()).collect()
                }
                DataRow::Inbound(inbound) => inbound.message_sid.to_string(),
                DataRow::Delivery(delivery) => delivery.message_sid.to_string(),
            })
            .collect();
        assert_eq!(shown, ["+12025550101", "m4", "m1m2m3", "SM4", "SM3", "SM2", "SM1", "SM9"]);
        assert!(page(tx, Id::generate(), PageRequest::default()).is_err());
    });
}
