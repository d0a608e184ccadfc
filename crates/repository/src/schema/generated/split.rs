// @generated automatically by Diesel CLI.

pub mod split {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Shares of a bill
        split.bill_participants (id) {
            /// Primary key
            id -> Uuid,
            /// The bill
            bill_id -> Uuid,
            /// The bill's organiser, so that bill and contact cannot disagree
            user_id -> Uuid,
            /// Who owes
            contact_id -> Uuid,
            /// How much, in the bill's currency
            amount_owed -> Numeric,
            /// pending, sent, confirmed or failed
            #[max_length = 20]
            payment_status -> Varchar,
            /// When the payment was confirmed
            paid_at -> Nullable<Timestamptz>,
            /// When a reminder was last delivered
            last_reminder_sent -> Nullable<Timestamptz>,
            /// Reminders delivered
            reminder_count -> Int4,
            /// Why a confirmation was last undone; sealed
            undo_reason -> Nullable<Sealed>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// When a new split took the place of this share; it counts for nothing and stays for its payment requests
            replaced_at -> Nullable<Timestamptz>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Bills to be shared
        split.bills (id) {
            /// Primary key
            id -> Uuid,
            /// The organiser
            user_id -> Uuid,
            /// What was paid, in the currency's main unit
            total_amount -> Numeric,
            /// ISO 4217 code
            #[max_length = 3]
            currency -> Varchar,
            /// What it was for; in clear
            description -> Nullable<Text>,
            /// Where it was paid; in clear
            #[max_length = 200]
            merchant -> Nullable<Varchar>,
            /// The day of the bill: its midnight in UTC (in older rows a time of that day)
            bill_date -> Nullable<Timestamptz>,
            /// active, completed (all shares confirmed) or cancelled
            #[max_length = 20]
            status -> Varchar,
            /// Lines of the bill: [{name, amount, quantity}]; in clear
            items_data -> Nullable<Jsonb>,
            /// Raised by every change of the bill or of what it shows: the ETag
            row_version -> Int8,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// When the row was deleted; it can be restored until it is purged
            deleted_at -> Nullable<Timestamptz>,
            /// Names the deletion that took this row along: restoring brings back just those
            deletion_id -> Nullable<Uuid>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// People an organiser shares bills with
        split.contacts (id) {
            /// Primary key
            id -> Uuid,
            /// Whose contact this is
            user_id -> Uuid,
            /// Name; sealed
            name -> Sealed,
            /// Blind index of the name
            name_bidx -> Bytea,
            /// Phone number, E.164; sealed
            phone_number -> Sealed,
            /// Blind index of the phone number
            phone_number_bidx -> Bytea,
            /// Raised by every change: the ETag
            row_version -> Int8,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// When the row was deleted; it can be restored until it is purged
            deleted_at -> Nullable<Timestamptz>,
            /// Names the deletion that took this row along: restoring brings back just those
            deletion_id -> Nullable<Uuid>,
            /// When name and number were overwritten, for good
            erased_at -> Nullable<Timestamptz>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// State of a conversation, by organiser and session
        split.conversation_states (id) {
            /// Primary key
            id -> Uuid,
            /// The organiser
            user_id -> Uuid,
            /// The agent's name for the conversation
            #[max_length = 100]
            session_id -> Varchar,
            /// Which of the nine steps
            #[max_length = 50]
            current_step -> Varchar,
            /// What the agent knows so far, as JSON; sealed
            context -> Nullable<Sealed>,
            /// Errors reported since the last success
            retry_count -> Int4,
            /// The error reported last; sealed
            last_error -> Nullable<Sealed>,
            /// From then on the state reads as fresh
            expires_at -> Nullable<Timestamptz>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// UPI payment requests
        split.payment_requests (id) {
            /// Primary key; without hyphens, the transaction reference of its link
            id -> Uuid,
            /// The share that is asked for
            bill_participant_id -> Uuid,
            /// upi://pay link, which holds the payee's UPI address and name; sealed
            upi_link -> Sealed,
            /// Sent by WhatsApp
            whatsapp_sent -> Bool,
            /// Sending by WhatsApp failed
            whatsapp_failed -> Bool,
            /// Sent by SMS
            sms_sent -> Bool,
            /// Sending by SMS failed
            sms_failed -> Bool,
            /// pending, sent, delivered, confirmed or failed
            #[max_length = 20]
            status -> Varchar,
            /// How often sending was tried
            delivery_attempts -> Int4,
            /// When the payment was confirmed
            confirmed_at -> Nullable<Timestamptz>,
            /// When sending was last tried
            last_delivery_attempt -> Nullable<Timestamptz>,
            /// Why sending last failed; sealed
            delivery_error -> Nullable<Sealed>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// Why it is closed: paid, superseded (by another request or a new split), cancelled (the bill), undone (the confirmation) or erased (the payer)
            #[max_length = 20]
            closed_reason -> Nullable<Varchar>,
            /// When it was closed; an open one can still be sent and paid
            closed_at -> Nullable<Timestamptz>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Organisers of bills
        split.users (id) {
            /// Primary key
            id -> Uuid,
            /// Phone number, E.164; sealed
            phone_number -> Sealed,
            /// Blind index of the phone number
            phone_number_bidx -> Bytea,
            /// Name; sealed
            name -> Nullable<Sealed>,
            /// UPI address where this person is paid; sealed
            upi_id -> Nullable<Sealed>,
            /// Raised by every change: the ETag
            row_version -> Int8,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
            /// When the row was deleted; it can be restored until it is purged
            deleted_at -> Nullable<Timestamptz>,
            /// Names the deletion that took this row along: restoring brings back just those
            deletion_id -> Nullable<Uuid>,
        }
    }

    diesel::joinable!(bills -> users (user_id));
    diesel::joinable!(contacts -> users (user_id));
    diesel::joinable!(conversation_states -> users (user_id));
    diesel::joinable!(payment_requests -> bill_participants (bill_participant_id));

    diesel::allow_tables_to_appear_in_same_query!(
        bill_participants,
        bills,
        contacts,
        conversation_states,
        payment_requests,
        users,
    );
}
