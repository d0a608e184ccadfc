//! The requests that are measured.

use std::io::Write as _;

use crate::exporters::{ANSWER, Exporter, PASSWORD, QUESTION};
use crate::http::request;
use crate::world::{Person, TOTAL};

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// One row by its key, three values opened.
    GetUser,
    /// A bill with five participants.
    GetBill,
    /// A page of fifty, two values opened in each.
    GetContacts,
    /// One row, two values sealed.
    PostContact,
    /// A bill divided equally among five.
    PostBill,
    /// A report with some two kilobytes of JSON.
    GetReport,
    /// A page of fifty, without that JSON.
    GetReports,
    /// A question and its answer, two values sealed.
    PostExchange,
    /// A password compared, and a session opened.
    LogIn,
}

/// Every request that can be made of each kind, ready to be sent.
pub(crate) struct Requests<'a> {
    people: &'a [Person],
    token: &'a str,
    /// Contacts that were asked to be made so far: no two have the same phone number.
    contacts: u32,
}

impl Target {
    /// All of them, by system, those that only read first.
    pub(crate) const ALL: [Self; 9] = [
        Self::GetUser,
        Self::GetBill,
        Self::GetContacts,
        Self::PostContact,
        Self::PostBill,
        Self::GetReport,
        Self::GetReports,
        Self::PostExchange,
        Self::LogIn,
    ];

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::GetUser => "GET user",
            Self::GetBill => "GET bill, 5 participants",
            Self::GetContacts => "GET contacts, page of 50",
            Self::PostContact => "POST contact",
            Self::PostBill => "POST bill, 5 participants",
            Self::GetReport => "GET report of 2 kB",
            Self::GetReports => "GET reports, page of 50",
            Self::PostExchange => "POST question and answer",
            Self::LogIn => "POST log-in",
        }
    }
}

impl<'a> Requests<'a> {
    /// Requests with this API key about these people.
    pub(crate) fn new(people: &'a [Person], token: &'a str) -> Self {
        Self { people, token, contacts: 0 }
    }

    /// Runs `with` with a source of requests of one kind, which goes from person to person.
    pub(crate) fn of<T>(
        &mut self,
        target: Target,
        with: impl FnOnce(&mut dyn FnMut(&mut Vec<u8>)) -> T,
    ) -> T {
        let prepared: Vec<Vec<u8>> = self.people.iter().map(|person| self.prepare(target, person)).collect();
        let mut turns = prepared.iter().cycle();
        let contacts = &mut self.contacts;
        with(&mut |buffer| {
            let Some(prepared) = turns.next() else { return };
            buffer.extend_from_slice(prepared);
            if target == Target::PostContact {
                buffer.truncate(buffer.len() - CONTACT.len());
                *contacts += 1;
                // Writing into a vector does not fail.
                let _ = write!(buffer, "{{\"name\":\"Ravi Kumar\",\"phone_number\":\"+918{contacts:09}\"}}");
            }
        })
    }

    fn prepare(&self, target: Target, person: &Person) -> Vec<u8> {
        let Person { user, bill, exporter, .. } = person;
        let Exporter { user: exporter, email, report, session } = exporter;
        let get = |path: String| request("GET", &path, self.token, "");
        match target {
            Target::GetUser => get(format!("/v1/split/users/{user}")),
            Target::GetBill => get(format!("/v1/split/bills/{bill}")),
            Target::GetContacts => get(format!("/v1/split/users/{user}/contacts")),
            Target::PostContact => {
                request("POST", &format!("/v1/split/users/{user}/contacts"), self.token, CONTACT)
            }
            Target::PostBill => request("POST", "/v1/split/bills", self.token, &new_bill(person)),
            Target::GetReport => get(format!("/v1/export/reports/{report}")),
            Target::GetReports => get(format!("/v1/export/users/{exporter}/reports")),
            Target::PostExchange => {
                let body = format!(r#"{{"question":"{QUESTION}","answer":"{ANSWER}"}}"#);
                request("POST", &format!("/v1/export/chat-sessions/{session}/messages"), self.token, &body)
            }
            Target::LogIn => {
                let email = email.expose();
                let body = format!(r#"{{"email":"{email}","password":"{PASSWORD}"}}"#);
                request("POST", "/v1/export/log-in", "", &body)
            }
        }
    }
}

/// As long as every contact that takes its place, so that one length fits all.
const CONTACT: &str = r#"{"name":"Ravi Kumar","phone_number":"+918000000000"}"#;

fn new_bill(person: &Person) -> String {
    let shares = person.sharers.iter().map(|contact| format!(r#"{{"contact_id":"{contact}"}}"#));
    let shares = shares.collect::<Vec<_>>().join(",");
    format!(
        r#"{{"user_id":"{user}","total_amount":"{TOTAL}","currency":"INR","description":"Dinner with the team","#,
        user = person.user
    ) + &format!(r#""merchant":"Karim's","split":{{"mode":"equal","participants":[{shares}]}}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contact_is_another_and_as_long_as_announced() {
        let people = [Person::nobody(), Person::nobody()];
        let mut requests = Requests::new(&people, "key");
        let mut seen = Vec::new();
        for _ in 0..2 {
            requests.of(Target::PostContact, |next| {
                let mut buffer = Vec::new();
                next(&mut buffer);
                seen.push(String::from_utf8(buffer).unwrap());
            });
        }
        assert!(seen[0].ends_with("\"+918000000001\"}") && seen[1].ends_with("\"+918000000002\"}"));
        assert!(
            seen.iter().all(|request| request.contains(&format!("Content-Length: {}\r\n", CONTACT.len())))
        );
    }
}
