// @generated automatically by Diesel CLI.

pub mod market {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Sessions of the bot
        market.bot_sessions (id) {
            /// Primary key
            id -> Uuid,
            /// The bot's name of the session
            #[max_length = 100]
            session_id -> Varchar,
            /// Conversations that the bot has open
            active_conversations_count -> Int4,
            /// Messages sent on the day counted_on
            messages_sent_today -> Int4,
            /// The day, in the bot's time zone, that messages_sent_today counts
            counted_on -> Nullable<Date>,
            /// When the bot last told of something
            last_activity_at -> Nullable<Timestamptz>,
            /// From then on a session of this name starts again
            expires_at -> Nullable<Timestamptz>,
            /// Whether the marketplace limits the bot, until rate_limit_expires_at
            is_rate_limited -> Bool,
            /// When that ends
            rate_limit_expires_at -> Nullable<Timestamptz>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// People who ask about goods, and what is known of them
        market.buyers (id) {
            /// Primary key
            id -> Uuid,
            /// The marketplace's id of the person
            #[max_length = 50]
            wallapop_user_id -> Varchar,
            /// User name on the marketplace; sealed
            username -> Sealed,
            /// Blind index of username
            username_bidx -> Bytea,
            /// Name that the marketplace shows; sealed
            display_name -> Nullable<Sealed>,
            /// Phone number; sealed
            phone -> Nullable<Sealed>,
            /// Blind index of phone
            phone_bidx -> Nullable<Bytea>,
            /// E-mail address; sealed
            email -> Nullable<Sealed>,
            /// Blind index of email
            email_bidx -> Nullable<Bytea>,
            /// Whether the marketplace has verified the person
            is_verified -> Bool,
            /// Whether the bot does not talk to the person any more
            is_blocked -> Bool,
            /// From 0 to 1; computed by maintenance
            trust_score -> Float8,
            /// Conversations that were begun
            total_conversations -> Int4,
            /// Conversations that ended in a sale
            completed_purchases -> Int4,
            /// Conversations that were cancelled, except for reasons that count against nobody
            cancelled_conversations -> Int4,
            /// What else the marketplace tells, a JSON object; sealed
            profile_data -> Nullable<Sealed>,
            /// When the bot last told of the person
            last_active_at -> Nullable<Timestamptz>,
            /// When everything that identifies the person was overwritten
            anonymised_at -> Nullable<Timestamptz>,
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

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Conversations of the bot with a buyer about a product
        market.conversations (id) {
            /// Primary key
            id -> Uuid,
            /// The marketplace's id of the chat
            #[max_length = 50]
            wallapop_chat_id -> Varchar,
            /// What it is about
            product_id -> Uuid,
            /// Who asks
            buyer_id -> Uuid,
            /// active, completed, cancelled or blocked
            #[max_length = 20]
            status -> Varchar,
            /// Why a cancellation counts against nobody: sold_to_other or anonymised
            #[max_length = 20]
            closed_reason -> Nullable<Varchar>,
            /// When the newest message was stored
            last_message_at -> Nullable<Timestamptz>,
            /// How many messages it has
            message_count -> Int4,
            /// Price that was agreed on, in the product's currency
            negotiated_price -> Nullable<Numeric>,
            /// Where the product changes hands; sealed
            meeting_location -> Nullable<Sealed>,
            /// When it does
            meeting_time -> Nullable<Timestamptz>,
            /// What the bot thinks the buyer wants
            #[max_length = 50]
            intent_detected -> Nullable<Varchar>,
            /// How friendly the buyer is, from -1 to 1
            sentiment_score -> Nullable<Float8>,
            /// How sure the bot is, from 0 to 1
            bot_confidence -> Nullable<Float8>,
            /// When it ended in a sale
            completed_at -> Nullable<Timestamptz>,
            /// When maintenance took it out of the usual lists
            archived_at -> Nullable<Timestamptz>,
            /// Raised by every change: the ETag
            row_version -> Int8,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// What happened on each day; a later erasure does not change it
        market.daily_reports (report_date) {
            /// Primary key: a day of UTC
            report_date -> Date,
            /// Conversations created, messages sent, active buyers and completed sales
            figures -> Jsonb,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Messages of conversations
        market.messages (id) {
            /// Primary key
            id -> Uuid,
            /// The marketplace's id of the message
            #[max_length = 50]
            wallapop_message_id -> Nullable<Varchar>,
            /// Where it was written
            conversation_id -> Uuid,
            /// The buyer who wrote it; none for messages of the bot and the system
            buyer_id -> Nullable<Uuid>,
            /// What was written; sealed
            content -> Sealed,
            /// user_message, bot_message or system_message
            #[max_length = 20]
            message_type -> Varchar,
            /// What the bot thinks is meant
            #[max_length = 50]
            intent -> Nullable<Varchar>,
            /// Names, numbers and places that the bot found in it, a JSON object; sealed
            entities -> Nullable<Sealed>,
            /// How friendly it is, from -1 to 1
            sentiment -> Nullable<Float8>,
            /// Whether a buyer's message was read
            is_read -> Bool,
            /// Whether the bot is done with a buyer's message
            is_processed -> Bool,
            /// Since when
            processed_at -> Nullable<Timestamptz>,
            /// Why processing last failed; sealed
            processing_error -> Nullable<Sealed>,
            /// The claim of the worker that has it
            claim_id -> Nullable<Uuid>,
            /// Until when the claim holds; without one, until when the message is held back
            claimed_until -> Nullable<Timestamptz>,
            /// How often it was handed out and not released
            attempts -> Int4,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Goods for sale
        market.products (id) {
            /// Primary key
            id -> Uuid,
            /// The marketplace's id of the listing
            #[max_length = 50]
            wallapop_id -> Varchar,
            /// What it is
            #[max_length = 200]
            title -> Varchar,
            /// What is said about it
            description -> Nullable<Text>,
            /// Asking price, in its currency
            price -> Numeric,
            /// Code of ISO 4217
            #[max_length = 3]
            currency -> Varchar,
            /// available, reserved, sold (final) or inactive
            #[max_length = 20]
            status -> Varchar,
            /// The marketplace's category
            #[max_length = 100]
            category -> Nullable<Varchar>,
            /// Where it can be had
            #[max_length = 100]
            location -> Nullable<Varchar>,
            /// new, like_new, good or fair
            #[max_length = 50]
            condition -> Nullable<Varchar>,
            /// How often it was looked at
            views_count -> Int4,
            /// How many keep it as a favourite
            favorites_count -> Int4,
            /// Since when it is for sale
            listed_at -> Nullable<Timestamptz>,
            /// When it was sold
            sold_at -> Nullable<Timestamptz>,
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

    diesel::joinable!(conversations -> buyers (buyer_id));
    diesel::joinable!(conversations -> products (product_id));

    diesel::allow_tables_to_appear_in_same_query!(
        bot_sessions,
        buyers,
        conversations,
        daily_reports,
        messages,
        products,
    );
}
