//! The statements of five requests as scripts for pgbench, about the same rows, in the repository's words.
//!
//! The ids stand in the scripts as constant arrays, of which a random number picks one. Sealed values are constants of
//! the length that real ones have: sealing is the service's work.

use std::fmt::Display;

use repository::codec::{OVERHEAD, VERSION};

use crate::exporters::{ANSWER, QUESTION};
use crate::requests::Target;
use crate::world::{Person, SHARERS, TOTAL};

/// The script for a kind of request, where there is one.
pub(crate) fn script(target: Target, people: &[Person]) -> Option<String> {
    let users = array(people.iter().map(|person| person.user));
    let bills = array(people.iter().map(|person| person.bill));
    let sharers = array(people.iter().flat_map(|person| &person.sharers));
    let sessions = array(people.iter().map(|person| person.exporter.session));
    let pick = format!("\\set n random(1, {})\n", people.len());
    let statements = match target {
        Target::GetUser => get_user(&format!("({users})[:n]")),
        Target::GetBill => get_bill(&format!("({bills})[:n]")),
        Target::GetContacts | Target::GetReport | Target::GetReports | Target::LogIn => return None,
        Target::PostContact => post_contact(&format!("({users})[:n]")),
        Target::PostBill => post_bill(&format!("({users})[:n]"), &format!("({sharers})[:first : :last]")),
        Target::PostExchange => post_exchange(&format!("({sessions})[:n]")),
    };
    Some(pick + &statements)
}

pub(crate) fn array(ids: impl Iterator<Item = impl Display>) -> String {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    format!("'{{{}}}'::uuid[]", ids.join(","))
}

fn get_user(user: &str) -> String {
    format!(
        "SELECT id, phone_number, name, upi_id, row_version, created_at, updated_at FROM split.users \
         WHERE deleted_at IS NULL AND id = {user} LIMIT 1;\n"
    )
}

fn get_bill(bill: &str) -> String {
    format!(
        "SELECT b.id, b.user_id, b.total_amount, b.currency, b.description, b.merchant, b.bill_date, b.status, \
         b.items_data, b.row_version, b.created_at, b.updated_at, now() AS now, \
         ARRAY(SELECT ROW(p.id, p.contact_id, c.name, c.erased_at IS NOT NULL, p.amount_owed, p.payment_status, p.paid_at, \
         p.reminder_count, p.last_reminder_sent, p.created_at, p.updated_at) \
         FROM split.bill_participants p JOIN split.contacts c ON c.id = p.contact_id \
         WHERE p.bill_id = b.id AND p.replaced_at IS NULL ORDER BY p.id) AS participants \
         FROM split.bills b WHERE b.id = {bill} AND b.deleted_at IS NULL;\n"
    )
}

fn post_contact(user: &str) -> String {
    let (name, phone, index) = (envelope("Ravi Kumar"), envelope("+918000000000"), bytes(&[7; 32]));
    let insert = format!(
        "INSERT INTO split.contacts (id, user_id, name, name_bidx, phone_number, phone_number_bidx) \
         SELECT gen_random_uuid(), id, {name}, {index}, {phone}, sha256(int8send(:r)) \
         FROM split.users WHERE id = {user} AND deleted_at IS NULL FOR SHARE \
         ON CONFLICT (user_id, phone_number_bidx) WHERE deleted_at IS NULL DO NOTHING;\n"
    );
    format!("\\set r random(1, 9000000000000000000)\n{}", transaction(&insert))
}

fn post_bill(user: &str, sharers: &str) -> String {
    let ids = ["gen_random_uuid()"; SHARERS].join(",");
    let amounts = ["246.90"; SHARERS].join(",");
    let insert = format!(
        "WITH bill AS (INSERT INTO split.bills (id, user_id, total_amount, currency, description, merchant, bill_date, \
         items_data) \
         SELECT gen_random_uuid(), id, {TOTAL}, 'INR', 'Dinner with the team', 'Karim''s', NULL, NULL \
         FROM split.users WHERE id = {user} AND deleted_at IS NULL FOR SHARE RETURNING id, user_id), \
         known AS (SELECT c.id, c.name FROM split.contacts c JOIN bill USING (user_id) \
         WHERE c.deleted_at IS NULL AND c.id = ANY ({sharers})), \
         stored AS (INSERT INTO split.bill_participants (id, bill_id, user_id, contact_id, amount_owed) \
         SELECT s.id, bill.id, bill.user_id, s.contact_id, s.amount_owed \
         FROM bill, unnest(ARRAY[{ids}], {sharers}, '{{{amounts}}}'::numeric[]) AS s (id, contact_id, amount_owed) \
         JOIN known ON known.id = s.contact_id) \
         SELECT ARRAY(SELECT ROW(id, name) FROM known) AS names FROM bill;\n"
    );
    let places = format!("\\set first (:n - 1) * {SHARERS} + 1\n\\set last :n * {SHARERS}\n");
    places + &transaction(&insert)
}

fn post_exchange(session: &str) -> String {
    let (question, answer) = (envelope(QUESTION), envelope(ANSWER));
    transaction(&format!(
        "WITH report AS (SELECT r.id FROM export.reports r JOIN export.chat_sessions s ON s.report_id = r.id \
         WHERE s.id = {session} AND r.deleted_at IS NULL FOR SHARE OF r), \
         session AS (UPDATE export.chat_sessions s \
         SET last_activity = greatest(clock_timestamp(), s.last_activity + interval '1 microsecond') \
         FROM report WHERE s.id = {session} AND s.report_id = report.id \
         AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp()) RETURNING s.id, s.last_activity) \
         INSERT INTO export.chat_messages (id, session_id, role, content, sources, created_at) \
         SELECT m.id, session.id, m.role, m.content, m.sources, session.last_activity \
         FROM session, unnest(ARRAY[gen_random_uuid(), gen_random_uuid()], '{{user,assistant}}'::text[], \
         ARRAY[{question}, {answer}]::platform.sealed[], ARRAY[NULL, NULL]::jsonb[]) \
         AS m (id, role, content, sources) RETURNING created_at, updated_at;\n"
    ))
}

/// What the handle puts around a write.
pub(crate) fn transaction(statements: &str) -> String {
    let actor = "api_key:0192f0c1-7b6a-7e3d-8a54-0d5f6b1e9c27";
    let request = "0192f0c1-7b6a-7e3d-8a54-0d5f6b1e9c28";
    format!(
        "BEGIN;\nSELECT transaction_timestamp(), set_config('strongroom.actor', '{actor}', true), \
         set_config('strongroom.request_id', '{request}', true);\n{statements}COMMIT;\n"
    )
}

/// Bytes as long as the envelope of a value, with an envelope's first byte.
pub(crate) fn envelope(value: &str) -> String {
    bytes(&vec![VERSION; OVERHEAD + value.len()])
}

fn bytes(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("'\\x{hex}'::bytea")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_name_the_rows_and_end_their_transactions() {
        let person = Person::nobody();
        let named = [
            (Target::GetUser, person.user.to_string()),
            (Target::GetBill, person.bill.to_string()),
            (Target::PostContact, person.user.to_string()),
            (Target::PostBill, person.user.to_string()),
            (Target::PostExchange, person.exporter.session.to_string()),
        ];
        for (target, named) in named {
            let script = script(target, std::slice::from_ref(&person)).unwrap();
            assert!(script.contains(&named), "{script}");
            assert_eq!(script.contains("BEGIN"), script.contains("COMMIT"), "{script}");
            // pgbench takes a line at a time.
            assert!(
                script.lines().all(|line| line.starts_with('\\') || line.ends_with([';', 't'])),
                "{script}"
            );
        }
    }
}
