//! Notes of messages that came and of messages that were sent.

use strongroom_repository::domain::Limit;
use strongroom_repository::domain::PageRequest;
use strongroom_repository::domain::whatsapp::{DeliveryStatus, InboundOutcome, MessageSid};
use strongroom_repository::whatsapp::inbound_messages;
use strongroom_repository::whatsapp::message_deliveries::{self, DeliveryFilter};
use strongroom_repository::{Error, testing};

use crate::whatsapp_fixtures::{count_statements, inbound, report, user};

#[test]
fn a_delivery_never_goes_back_and_belongs_to_a_user() {
    testing::check(|tx| {
        use DeliveryStatus::{Delivered, Failed, Read, Sent};
        let asha = user(tx, "+551191234567");
        let mut record = |status, to| {
            let (noted, cost) = count_statements(tx, |tx| {
                message_deliveries::record(tx, &report("SM1", to, status)).unwrap()
            });
            assert_eq!(cost, 1);
            (
                noted,
                message_deliveries::get(tx, &MessageSid::parse("SM1").unwrap())
                    .ok()
                    .map(|found| found.status),
            )
        };
        assert_eq!(record(Sent, "+12025550109"), (false, None), "nobody has this number");
        assert_eq!(record(Failed, "+5511991234567"), (true, Some(Failed)));
        assert_eq!(record(Delivered, "whatsapp:+551191234567"), (true, Some(Delivered)));
        assert_eq!(record(Read, "+551191234567"), (true, Some(Read)));
        for lower in [Sent, Delivered, Read, Failed] {
            assert_eq!(record(lower, "+551191234567"), (false, Some(Read)));
        }
        for n in 2..5 {
            message_deliveries::record(tx, &report(&format!("SM{n}"), "+551191234567", Sent)).unwrap();
        }
        let sent = DeliveryFilter { status: Some(Sent), user: Some(asha.user_id) };
        let one = |after| PageRequest { limit: Limit::new(2).unwrap(), after };
        let first = message_deliveries::list(tx, sent, one(None)).unwrap();
        let second = message_deliveries::list(tx, sent, one(first.next.clone())).unwrap();
        let sids: Vec<_> =
            first.items.iter().chain(&second.items).map(|found| found.message_sid.as_str()).collect();
        assert_eq!((sids, second.next), (vec!["SM4", "SM3", "SM2"], None));
        assert_eq!(
            message_deliveries::list(tx, DeliveryFilter::default(), PageRequest::default())
                .unwrap()
                .items
                .len(),
            4
        );
        assert_eq!(first.items[0].customer_id, asha.user_id);
    });
}

#[test]
fn a_message_is_noted_once() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        let delivered = inbound("SM1", "+12025550101", "hi");
        inbound_messages::insert(tx, &delivered, asha.user_id, InboundOutcome::Command, None).unwrap();
        let again = inbound_messages::insert(tx, &delivered, asha.user_id, InboundOutcome::Ignored, None);
        assert!(matches!(again, Err(Error::Contention)));
        let found = inbound_messages::get(tx, &delivered.message_sid).unwrap();
        assert_eq!(
            (found.outcome, found.idempotency_token.as_deref()),
            (InboundOutcome::Command, Some("4f6c0b"))
        );
        assert!(matches!(
            inbound_messages::get(tx, &MessageSid::parse("SM2").unwrap()),
            Err(Error::NotFound(_))
        ));
    });
}
