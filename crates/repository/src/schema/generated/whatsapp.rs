// @generated automatically by Diesel CLI.

pub mod whatsapp {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Messages that were delivered to the bot
        whatsapp.inbound_messages (message_sid) {
            /// Primary key: what Twilio calls the message
            #[max_length = 64]
            message_sid -> Varchar,
            /// Who wrote it
            customer_id -> Uuid,
            /// The chat in which it was kept, if it was; the chat may have been purged
            #[max_length = 16]
            chat_id -> Nullable<Varchar>,
            /// kept, command or ignored: what a repeated delivery is answered by
            #[max_length = 20]
            outcome -> Varchar,
            /// Header I-Twilio-Idempotency-Token of the first delivery, for tracing
            #[max_length = 64]
            idempotency_token -> Nullable<Varchar>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// What became of messages that were sent
        whatsapp.message_deliveries (message_sid) {
            /// Primary key: what Twilio calls the message
            #[max_length = 64]
            message_sid -> Varchar,
            /// To whom it was sent
            customer_id -> Uuid,
            /// How far it has come, of Twilio's eleven; it never goes back
            #[max_length = 20]
            status -> Varchar,
            /// Twilio's number of what went wrong
            error_code -> Nullable<Int4>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Conversations with the bot
        whatsapp.userchats (chat_id) {
            /// Primary key: 16 hexadecimal digits
            #[max_length = 16]
            chat_id -> Varchar,
            /// The person who writes
            customer_id -> Uuid,
            /// Whether messages are still added; a person has at most one such chat
            is_active -> Bool,
            /// An array, oldest first: role, content and timestamp; for messages with media or a place also media, message_sid, location. Content and location are sealed for the customer
            messages -> Jsonb,
            /// How many messages there are
            message_count -> Int4,
            /// The chat that was full and continues here; it may have been purged
            #[max_length = 16]
            continues_chat_id -> Nullable<Varchar>,
            /// When the first message came that has no answer yet
            waiting_since -> Nullable<Timestamptz>,
            /// When the person last wrote: for 24 hours after it WhatsApp lets free text go out
            last_inbound_at -> Nullable<Timestamptz>,
            /// Which agent is answering
            claim_id -> Nullable<Uuid>,
            /// Until when that agent alone may answer
            claimed_until -> Nullable<Timestamptz>,
            /// Of a chat that was imported: a keyed digest of the file and of the chat's place in it
            import_digest -> Nullable<Bytea>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// People who write to the bot
        whatsapp.users (user_id) {
            /// Primary key
            user_id -> Uuid,
            /// E-mail address, by which the person may log in; sealed
            email -> Nullable<Sealed>,
            /// Blind index of email
            email_bidx -> Nullable<Bytea>,
            /// Number as WhatsApp last delivered it, in E.164; sealed. NULL where WhatsApp does not show it
            phone_number -> Nullable<Sealed>,
            /// Blind index of phone_number
            phone_number_bidx -> Nullable<Bytea>,
            /// Business-scoped id that WhatsApp gives the person, such as US.1234567890; sealed
            whatsapp_id -> Nullable<Sealed>,
            /// Blind index of whatsapp_id
            whatsapp_id_bidx -> Nullable<Bytea>,
            /// Name; sealed
            full_name -> Nullable<Sealed>,
            /// Whether the name was set here, so that the one of the WhatsApp profile does not replace it
            full_name_is_set -> Bool,
            /// Whether messages of the person are kept and the person may log in
            is_active -> Bool,
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

    diesel::joinable!(inbound_messages -> users (customer_id));
    diesel::joinable!(message_deliveries -> users (customer_id));
    diesel::joinable!(userchats -> users (customer_id));

    diesel::allow_tables_to_appear_in_same_query!(inbound_messages, message_deliveries, userchats, users,);
}
