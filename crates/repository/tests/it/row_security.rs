//! End users: whatever a function asks for, the rows of others are not there, and no connection keeps the
//! role.

use std::fmt::Debug;
use std::thread;

use strongroom_repository::domain::split::{
    BillChanges, BillFilter, BillStatus, Channel, CloseReason, ContactChanges, NewContact, NewParticipant,
    NewUser, UserChanges,
};
use strongroom_repository::domain::{Id, Note, PageRequest};
use strongroom_repository::split::{
    balances, batch, bill_participants, bills, contacts, conversation_states, payment_requests,
    pending_payments, reminders, statistics, users,
};
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Conn, Database, Error, Result, Tx};

use crate::fixtures::{Owned, amount, name, new_bill, new_request, owned, phone, saved};

const ASHA: &str = "+919876543210";
const BINA: &str = "+919876543211";

/// Two organisers, and one connection for all, so that whatever a call leaves behind the next one finds.
struct World {
    test: TestDatabase,
    database: Database,
    asha: Owned,
    bina: Owned,
}

impl World {
    fn new() -> Self {
        let test = TestDatabase::new();
        let database = test.database_with(|options| (options.size, options.max_overflow) = (1, 0));
        let make =
            |number| database.write::<_, Error>("test", &Actor::system(), |tx| owned(tx, number)).unwrap();
        let (asha, bina) = (make(ASHA), make(BINA));
        Self { test, database, asha, bina }
    }

    fn as_asha(&self) -> Actor {
        Actor::end_user("split", self.asha.user.uuid())
    }

    fn read<T>(&self, work: impl FnMut(&mut Conn<'_>) -> Result<T>) -> Result<T> {
        self.database.read("test", &self.as_asha(), work)
    }

    fn write<T>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.database.write("test", &self.as_asha(), work)
    }

    /// The service sees everybody, so the connection has its own role again.
    fn assert_the_service_sees_everybody(&self) {
        for user in [self.asha.user, self.bina.user] {
            self.database.read("test", &Actor::system(), |conn| users::get(conn, user)).unwrap();
        }
        let figures = self.database.pool_figures();
        assert_eq!((figures.checked_in, figures.checked_out), (1, 0));
    }
}

/// What belongs to nobody, in the place of what belongs to somebody else.
fn absent(of: &Owned) -> Owned {
    let mut bill = of.bill.clone();
    (bill.id, bill.user_id) = (Id::generate(), Id::generate());
    Owned {
        user: bill.user_id,
        contact: Id::generate(),
        bill,
        participant: Id::generate(),
        request: Id::generate(),
        session: of.session.clone(),
    }
}

type Call = (&'static str, fn(&mut Tx<'_>, &Owned) -> String);

/// What a call answered, without the ids that were asked for.
fn told<T: Debug>(outcome: Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {error:?}"),
    }
}

fn renamed() -> ContactChanges {
    ContactChanges { name: Some(name("Stolen")), phone_number: None }
}

/// Every function that takes an id, each on things that are not the caller's.
const CALLS: &[Call] = &[
    ("users::get", |tx, of| told(users::get(tx, of.user))),
    ("users::must_exist", |tx, of| told(users::must_exist(tx, of.user))),
    ("users::update", |tx, of| {
        let changes = UserChanges { name: Some(Some(name("Stolen"))), ..UserChanges::default() };
        told(users::update(tx, of.user, None, changes))
    }),
    ("users::soft_delete", |tx, of| told(users::soft_delete(tx, of.user, None))),
    ("users::restore", |tx, of| told(users::restore(tx, of.user))),
    ("contacts::insert", |tx, of| {
        let new = NewContact { user_id: of.user, name: name("Ravi"), phone_number: phone("+919876500000") };
        told(contacts::insert(tx, new))
    }),
    ("contacts::get", |tx, of| told(contacts::get(tx, of.contact))),
    ("contacts::find_many", |tx, of| told(contacts::find_many(tx, of.user, &[of.contact]))),
    ("contacts::list_for_user", |tx, of| told(contacts::list_for_user(tx, of.user, PageRequest::default()))),
    ("contacts::find_by_phone", |tx, of| told(contacts::find_by_phone(tx, of.user, &phone(BINA)))),
    ("contacts::find_by_name", |tx, of| told(contacts::find_by_name(tx, of.user, &name("Ravi")))),
    ("contacts::update", |tx, of| told(contacts::update(tx, of.contact, None, renamed()))),
    ("contacts::soft_delete", |tx, of| told(contacts::soft_delete(tx, of.contact, None))),
    ("contacts::restore", |tx, of| told(contacts::restore(tx, of.contact))),
    ("bills::insert", |tx, of| told(bills::insert(tx, new_bill(of.user, "1.00")))),
    ("bills::insert_with_shares", |tx, of| {
        let share = NewParticipant { contact_id: of.contact, amount_owed: amount("1.00") };
        told(bills::insert_with_shares(tx, new_bill(of.user, "1.00"), &[share]))
    }),
    ("bills::get", |tx, of| told(bills::get(tx, of.bill.id))),
    ("bills::get_whole", |tx, of| told(bills::get_whole(tx, of.bill.id))),
    ("bills::lock", |tx, of| told(bills::lock(tx, of.bill.id))),
    ("bills::lock_of_participant", |tx, of| told(bills::lock_of_participant(tx, of.participant))),
    ("bills::list_for_user", |tx, of| {
        told(bills::list_for_user(tx, of.user, &BillFilter::default(), PageRequest::default()))
    }),
    ("bills::update", |tx, of| {
        let changes = BillChanges { total_amount: Some(amount("1.00")), ..BillChanges::default() };
        told(bills::update(tx, of.bill.clone(), None, changes))
    }),
    ("bills::set_status", |tx, of| told(bills::set_status(tx, of.bill.id, BillStatus::Cancelled))),
    ("bills::complete_if_paid", |tx, of| told(bills::complete_if_paid(tx, of.bill.id))),
    ("bills::soft_delete", |tx, of| told(bills::soft_delete(tx, of.bill.id, None))),
    ("bills::restore", |tx, of| told(bills::restore(tx, of.bill.id))),
    ("bill_participants::replace_all", |tx, of| told(bill_participants::replace_all(tx, of.bill.id))),
    ("bill_participants::confirm", |tx, of| told(bill_participants::confirm(tx, of.participant))),
    ("bill_participants::unconfirm", |tx, of| {
        told(bill_participants::unconfirm(tx, of.participant, &Note::parse("mine").unwrap()))
    }),
    ("bill_participants::record_reminders", |tx, of| {
        told(bill_participants::record_reminders(tx, &[of.participant]))
    }),
    ("payment_requests::get", |tx, of| told(payment_requests::get(tx, of.request))),
    ("payment_requests::list_for_bill", |tx, of| told(payment_requests::list_for_bill(tx, of.bill.id))),
    ("payment_requests::confirm", |tx, of| told(payment_requests::confirm(tx, of.participant))),
    ("payment_requests::unconfirm", |tx, of| told(payment_requests::unconfirm(tx, of.participant))),
    ("payment_requests::close", |tx, of| {
        told(payment_requests::close(tx, &[of.request], CloseReason::Superseded))
    }),
    ("payment_requests::close_all", |tx, of| {
        told(payment_requests::close_all(tx, of.bill.id, CloseReason::Cancelled))
    }),
    ("conversation_states::find", |tx, of| told(conversation_states::find(tx, of.user, &of.session))),
    ("conversation_states::lock", |tx, of| told(conversation_states::lock(tx, of.user, &of.session))),
    ("conversation_states::delete", |tx, of| told(conversation_states::delete(tx, of.user, &of.session))),
    ("conversation_states::list_for_user", |tx, of| {
        told(conversation_states::list_for_user(tx, of.user, false, PageRequest::default()))
    }),
    ("balances::list_for_user", |tx, of| told(balances::list_for_user(tx, of.user))),
    ("statistics::for_user", |tx, of| told(statistics::for_user(tx, of.user, 30))),
    ("reminders::list_for_bill", |tx, of| told(reminders::list_for_bill(tx, of.bill.id))),
    ("reminders::list_for_user", |tx, of| told(reminders::list_for_user(tx, of.user))),
    ("batch::update_contacts", |tx, of| {
        let stored = batch::update_contacts(tx, of.user, &[(of.contact, renamed())]);
        told(stored.map(|stored| stored == [batch::Stored::Absent]))
    }),
    ("batch::insert_bills", |tx, of| {
        let stored = batch::insert_bills(tx, &[new_bill(of.user, "1.00")]);
        told(stored.map(|stored| stored == [batch::Stored::Absent]))
    }),
    ("batch::lock_bills", |tx, of| told(batch::lock_bills(tx, &[of.bill.id]))),
];

#[test]
fn what_belongs_to_another_is_as_absent_as_what_is_not_there() {
    let world = World::new();
    let nothing = absent(&world.bina);
    for (call, run) in CALLS {
        let foreign = world.write(|tx| Ok(run(tx, &world.bina))).unwrap();
        let missing = world.write(|tx| Ok(run(tx, &nothing))).unwrap();
        assert_eq!(foreign, missing, "{call}");
        let own = world.read(|conn| users::get(conn, world.asha.user)).unwrap();
        assert_eq!(own.name, None, "{call}");
    }
    // The same calls by the service do find Bina's, so they prove something above.
    let service = |call: &Call| {
        let ran = |of: &Owned| {
            let outcome = world
                .database
                .write("test", &Actor::system(), |tx| -> Result<()> { Err(Error::NotReady(call.1(tx, of))) });
            outcome.unwrap_err().to_string()
        };
        ran(&world.bina) == ran(&nothing)
    };
    let silent: Vec<&str> = CALLS.iter().filter(|call| service(call)).map(|call| call.0).collect();
    // These answer nothing whether they find a row or not.
    let answers_nothing = [
        "bills::set_status",
        "bills::complete_if_paid",
        "bill_participants::confirm",
        "bill_participants::unconfirm",
        "bill_participants::record_reminders",
        "payment_requests::confirm",
        "payment_requests::unconfirm",
        "payment_requests::close",
        "payment_requests::close_all",
    ];
    assert_eq!(silent, answers_nothing);
    let bina = world
        .database
        .read("test", &Actor::system(), |conn| bills::get_whole(conn, world.bina.bill.id))
        .unwrap();
    assert_eq!((bina.bill.row_version, bina.participants.len()), (1, 1), "nothing of Bina's has changed");
}

#[test]
fn an_end_user_does_everything_with_what_is_its_own() {
    let world = World::new();
    let Owned { user, contact, .. } = world.asha;
    let share = [NewParticipant { contact_id: contact, amount_owed: amount("60.00") }];
    let bill = world
        .write(|tx| {
            let new = NewContact { user_id: user, name: name("Meera"), phone_number: phone("+919876500000") };
            contacts::insert(tx, new)?;
            contacts::update(tx, contact, None, renamed())?;
            let (bill, _) = bills::insert_with_shares(tx, new_bill(user, "60.00"), &share)?;
            bill_participants::replace_all(tx, bill.id)?;
            let paid = bill_participants::insert_all(tx, &bill, &share)?[0].id;
            payment_requests::insert_all(tx, vec![new_request(paid, "upi://pay")])?;
            bill_participants::confirm(tx, paid)?;
            payment_requests::confirm(tx, paid)?;
            assert!(bills::complete_if_paid(tx, bill.id)?);
            conversation_states::lock(tx, user, &world.asha.session)?;
            let state = saved(tx);
            conversation_states::save(tx, user, &world.asha.session, &state)?;
            assert!(conversation_states::delete(tx, user, &world.asha.session)?);
            Ok(bill.id)
        })
        .unwrap();
    let whole = world.read(|conn| bills::get_whole(conn, bill)).unwrap();
    assert_eq!((whole.bill.status, whole.participants.len()), (BillStatus::Completed, 1));
    // A change of a share raises the bill's version by a trigger, which runs as the owner.
    let version = |world: &World| world.read(|conn| bills::get(conn, bill)).unwrap().row_version;
    let before = version(&world);
    world.write(|tx| bill_participants::record_reminders(tx, &[whole.participants[0].id])).unwrap();
    assert_eq!(version(&world), before + 1);
    let listed = world.read(|conn| contacts::list_for_user(conn, user, PageRequest::default())).unwrap();
    assert_eq!(listed.items.len(), 2);
    let figures = world.read(|conn| statistics::for_user(conn, user, 30)).unwrap();
    assert_eq!((figures.requests, figures.confirmed), (2, 1));
    assert_eq!(figures.channels[0].channel, Channel::Whatsapp);
    for delete in [true, false] {
        let changed = world.write(|tx| {
            if delete {
                users::soft_delete(tx, user, None).map(drop)
            } else {
                users::restore(tx, user).map(drop)
            }
        });
        changed.unwrap();
    }
    assert_eq!(world.read(|conn| bills::get_whole(conn, bill)).unwrap().participants.len(), 1);
}

#[test]
fn who_owes_is_told_of_the_callers_own_bills_only() {
    let world = World::new();
    // Bina's only contact has Bina's number; nobody of Asha's has.
    let pending = |actor: &Actor| {
        world
            .database
            .read("test", actor, |conn| pending_payments::list_by_phone(conn, &phone(BINA)))
            .unwrap()
            .len()
    };
    assert_eq!((pending(&Actor::system()), pending(&world.as_asha())), (1, 0));
    assert_eq!(world.read(|conn| users::find_by_phone(conn, &phone(BINA))).unwrap(), None);
}

#[test]
fn a_number_of_somebody_else_is_taken_without_saying_by_whom() {
    let world = World::new();
    let changes = || UserChanges { phone_number: Some(phone(BINA)), ..UserChanges::default() };
    let taken = world.write(|tx| users::update(tx, world.asha.user, None, changes()));
    let Err(Error::Conflict { constraint, existing: None }) = taken else { panic!("{taken:?}") };
    assert_eq!(constraint, "users_phone_unique");
    world.assert_the_service_sees_everybody();
}

#[test]
fn what_no_function_keeps_an_end_user_from_the_database_does() {
    let world = World::new();
    // A conversation of somebody else: the function relies on a lock that its caller took before.
    let session = crate::fixtures::text("stolen");
    let foreign = world.write(|tx| {
        let state = saved(tx);
        conversation_states::save(tx, world.bina.user, &session, &state)
    });
    assert!(matches!(foreign, Err(Error::NotFound("row"))), "{foreign:?}");
    // Making users is for the service. That a request got here is a fault, and is reported as one.
    let new = NewUser { phone_number: phone("+919876500000"), name: None, upi_id: None };
    let made = world.write(|tx| users::insert(tx, new.clone()));
    assert!(matches!(made, Err(Error::Database(_))), "{made:?}");
    world.assert_the_service_sees_everybody();
}

#[test]
fn however_a_call_ends_the_connection_is_the_services_again() {
    let world = World::new();
    world.read(|conn| users::get(conn, world.asha.user)).unwrap();
    world.assert_the_service_sees_everybody();
    world.read(|conn| users::get(conn, world.bina.user)).unwrap_err();
    world.assert_the_service_sees_everybody();
    world.write(|tx| contacts::update(tx, world.asha.contact, None, renamed())).unwrap();
    world.assert_the_service_sees_everybody();
    world.write::<()>(|_| Err(Error::NotFound("anything"))).unwrap_err();
    world.assert_the_service_sees_everybody();

    // The key to the contact is checked at the commit, which fails: the contact is deleted meanwhile. The transaction is run
    // again, and does not find it.
    let new =
        NewContact { user_id: world.asha.user, name: name("Meera"), phone_number: phone("+919876500000") };
    let contact = world.write(|tx| contacts::insert(tx, new.clone())).unwrap().id;
    let refused = world.write(|tx| {
        let share = NewParticipant { contact_id: contact, amount_owed: amount("1.00") };
        bill_participants::insert_all(tx, &world.asha.bill, &[share])?;
        world.test.sabotage(&format!("DELETE FROM split.contacts WHERE id = '{}'", contact.uuid()));
        Ok(())
    });
    assert!(matches!(refused, Err(Error::NotFound("contact"))), "{refused:?}");
    world.assert_the_service_sees_everybody();

    for write in [false, true] {
        let (database, actor, user) = (world.database.clone(), world.as_asha(), world.asha.user);
        let panicked = thread::spawn(move || {
            if write {
                database.write::<(), Error>("test", &actor, |tx| {
                    users::get(tx, user).map(|_| panic!("on purpose"))
                })
            } else {
                database.read::<(), Error>("test", &actor, |conn| {
                    users::get(conn, user).map(|_| panic!("on purpose"))
                })
            }
        });
        assert!(panicked.join().is_err());
        world.assert_the_service_sees_everybody();
    }
}

#[test]
fn a_transaction_that_cannot_be_set_up_leaves_nothing_open() {
    let world = World::new();
    world.test.sabotage("REVOKE EXECUTE ON FUNCTION set_config(text, text, boolean) FROM PUBLIC");
    world.read(|conn| users::get(conn, world.asha.user)).unwrap_err();
    world.write(|tx| users::get(tx, world.asha.user)).unwrap_err();
    world.assert_the_service_sees_everybody();
    world.test.sabotage("GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO PUBLIC");
    world.write(|tx| users::get(tx, world.asha.user)).unwrap();
}

/// A statement is prepared once for a connection, and then serves whoever comes: its plan must not remember whom.
#[test]
fn a_prepared_statement_serves_each_caller_its_own_rows() {
    let world = World::new();
    let as_bina = Actor::end_user("split", world.bina.user.uuid());
    let sees = |actor: &Actor, of: &Owned| {
        let found = world.database.read("test", actor, |conn| bills::get_whole(conn, of.bill.id));
        let contact = world.database.read("test", actor, |conn| contacts::get(conn, of.contact));
        assert_eq!(found.is_ok(), contact.is_ok());
        found.is_ok()
    };
    // PostgreSQL keeps a plan for good from the sixth run on.
    for round in 0..12 {
        let (asha, bina) = (&world.asha, &world.bina);
        assert_eq!((sees(&Actor::system(), asha), sees(&Actor::system(), bina)), (true, true), "{round}");
        assert_eq!((sees(&world.as_asha(), asha), sees(&world.as_asha(), bina)), (true, false), "{round}");
        assert_eq!((sees(&as_bina, asha), sees(&as_bina, bina)), (false, true), "{round}");
    }
    for round in 0..12 {
        assert!(sees(&world.as_asha(), &world.asha), "{round}");
    }
    assert!(!sees(&as_bina, &world.asha));
}

#[test]
fn the_audit_log_names_the_end_user() {
    let world = World::new();
    let actor = world.as_asha().with_request_id("req-7");
    let change = |tx: &mut Tx<'_>| contacts::update(tx, world.asha.contact, None, renamed());
    world.database.write("test", &actor, change).unwrap();
    let sql = format!(
        "DO $$ BEGIN ASSERT EXISTS (SELECT FROM platform.audit_log
             WHERE actor = 'user:split:{}' AND request_id = 'req-7' AND table_name = 'split.contacts'); END $$",
        world.asha.user.uuid()
    );
    world.test.sabotage(&sql);
}
