//! The routes of the Bill Splitting Agent, under `/v1/split`.
//!
//! One file or folder per table: its handlers, and the bodies they read and write. A handler names the scope it needs in its
//! arguments, reads the input into types of the domain, calls one use case through the database handle, and shows what came of it.

mod bill_participants;
mod bills;
mod contacts;
mod conversation_states;
mod payment_requests;
mod reminders;
mod reports;
mod schema;
mod sharing;
mod tokens;
mod users;

use crate::http::{Admin, Read, Section, System, Write};

/// This system, for its scopes.
#[derive(Debug)]
pub(crate) struct Split;

impl System for Split {
    const NAME: &'static str = repository::split::SYSTEM.name;
}

/// `split:read`
pub(crate) type SplitRead = Read<Split>;
/// `split:write`
pub(crate) type SplitWrite = Write<Split>;
/// `split:admin`
pub(crate) type SplitAdmin = Admin<Split>;

/// This system in the API.
pub(crate) const SECTION: Section = Section {
    system: repository::split::SYSTEM.name,
    tags: &[
        ("split users", "Organisers: who pays bills and is owed the shares"),
        ("split sessions", "Tokens that let a user call for their own rows"),
        ("split contacts", "The people a user shares bills with"),
        ("split bills", "Bills, and how they are divided"),
        ("split participants", "Shares of a bill, and whether they were paid"),
        (
            "split payment requests",
            "UPI links that ask for shares, as text and as QR codes, and their delivery",
        ),
        ("split reminders", "Who is due a reminder"),
        ("split reports", "Balances, statistics and pending payments over many bills"),
        ("split conversations", "Where an agent stands in a conversation"),
    ],
    routes: |routes| {
        users::routes(routes);
        tokens::routes(routes);
        contacts::routes(routes);
        bills::routes(routes);
        sharing::routes(routes);
        payment_requests::routes(routes);
        bill_participants::routes(routes);
        reminders::routes(routes);
        reports::routes(routes);
        conversation_states::routes(routes);
    },
};
