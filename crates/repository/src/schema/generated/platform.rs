// @generated automatically by Diesel CLI.

pub mod platform {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// API keys; the key itself is shown once, when it is made
        platform.api_keys (id) {
            /// Primary key; the audit log names it
            id -> Uuid,
            /// What the operator calls the program that holds the key
            #[max_length = 200]
            name -> Varchar,
            /// SHA-256 of the key, which is 256 random bits
            key_hash -> Bytea,
            /// What the key may do: a system and read, write or admin, as in split:write
            scopes -> Array<Nullable<Text>>,
            /// Last use, recorded at most once a minute
            last_used_at -> Nullable<Timestamptz>,
            /// When the key was revoked; it is refused from then on
            revoked_at -> Nullable<Timestamptz>,
            /// When the key was made
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
            /// Requests that the key may make within rate_limit_seconds; NULL for any number
            rate_limit_requests -> Nullable<Int4>,
            /// Length of the sliding window of the rate limit; NULL where there is none
            rate_limit_seconds -> Nullable<Int4>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Every change of every table of the table list; partitioned by month
        platform.audit_log (id, created_at) {
            /// Order of writing
            id -> Int8,
            /// Start of the transaction that changed the row
            created_at -> Timestamptz,
            /// Who: api_key:<id>, user:<system>:<id>, operator:<name>, system, or login:<role> for hand-written SQL
            actor -> Text,
            /// X-Request-Id of the HTTP request, where there was one
            request_id -> Nullable<Text>,
            /// insert, update, delete, truncate; query, write or ddl for a statement that an operator was about to run; retire for a part of this log that was dropped
            action -> Text,
            /// Schema and table of the changed row; the schema alone for a statement of an operator
            table_name -> Text,
            /// Primary key of the changed row; * for a truncate; SHA-256 of the text of an operator's statement, which may itself name people; the partition that was dropped
            row_id -> Text,
            /// Names of the columns an update changed
            changed_columns -> Nullable<Array<Nullable<Text>>>,
            /// Enums, numbers, booleans, times and ids before the change
            old_values -> Nullable<Jsonb>,
            /// Enums, numbers, booleans, times and ids after the change
            new_values -> Nullable<Jsonb>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Seals of the audit log, each over a batch of its rows and the seal before
        platform.audit_seals (number) {
            /// Place in the chain: 1, 2, 3, …
            number -> Int8,
            /// The seal covers every audit row with a greater id than this
            after_id -> Int8,
            /// … up to this one
            last_id -> Int8,
            /// How many rows it covers
            row_count -> Int4,
            /// For each row, in order of id: id, time in microseconds since 2000, keyed digest (8, 8 and 16 bytes)
            entries -> Bytea,
            /// Says that rows of before this time were dropped on purpose, where it says so
            retired_before -> Nullable<Timestamptz>,
            /// Digest of the seal before; zeros in the first
            previous -> Bytea,
            /// Keyed digest of everything else in this row; HMAC-SHA256, 16 bytes
            digest -> Bytea,
            /// When it was made
            created_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// What the systems' users log in with
        platform.credentials (id) {
            /// Primary key
            id -> Uuid,
            /// The system whose user it is, which is a schema
            #[max_length = 20]
            system -> Varchar,
            /// The row of that system's users; a trigger there removes the credentials with it
            user_id -> Uuid,
            /// Argon2id with its parameters and salt; nobody but the service reads it
            #[max_length = 255]
            password_hash -> Varchar,
            /// When the password was set; hashing it anew with other parameters does not count
            changed_at -> Timestamptz,
            /// When there first was a password
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Encryption keys this database knows, by id; the keys themselves never stand here
        platform.encryption_keys (id) {
            /// Primary key, and the row id in the associated data of the two envelopes
            id -> Uuid,
            /// The key id that envelopes carry, derived from the key
            key_id -> Int8,
            /// A known text sealed by this key: a process with a wrong key stops at once
            canary -> Sealed,
            /// The index key of all blind indexes, wrapped by this key
            index_key -> Sealed,
            /// When the key was registered
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Answers to requests with an idempotency key, kept for a day
        platform.idempotency_keys (id) {
            /// Primary key, and the row id in the associated data of the answer
            id -> Uuid,
            /// Who sent the key, as the audit log names actors
            caller -> Text,
            /// HMAC-SHA256 of caller and key; the key itself never stands here
            key_digest -> Bytea,
            /// HMAC-SHA256 of method, path, query and body
            request_digest -> Bytea,
            /// Status of the answer: only what was done is kept
            status -> Int2,
            /// Location, ETag and body, as JSON; sealed
            answer -> Sealed,
            /// Ids of all rows that path and answer name, so that erasing one erases the answer
            about -> Array<Nullable<Uuid>>,
            /// When the request was done; a day later the key is free again
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Failed attempts to log in, until one succeeds or a day has passed
        platform.login_failures (id) {
            /// Primary key
            id -> Uuid,
            /// The system, which is a schema
            #[max_length = 20]
            system -> Varchar,
            /// HMAC-SHA256, cut to 16 bytes, of the name that was given
            name_digest -> Bytea,
            /// Attempts since first_failed_at; one counts from its beginning until it succeeds
            failed_attempts -> Int4,
            /// When counting began
            first_failed_at -> Timestamptz,
            /// No attempt with this name is looked at before
            locked_until -> Nullable<Timestamptz>,
            /// When the name was first tried
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// The text of every migration that ran, as a digest: a landed migration never changes
        platform.migration_ledger (version) {
            /// Version of the migration, as in its folder name
            #[max_length = 50]
            version -> Varchar,
            /// SHA-256 of its up.sql
            digest -> Bytea,
            /// When it ran
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// The last five passwords of a user, the one that is good now included
        platform.password_history (id) {
            /// Primary key
            id -> Uuid,
            /// Whose password it was
            credential_id -> Uuid,
            /// Argon2id, as it was hashed when it was set
            #[max_length = 255]
            password_hash -> Varchar,
            /// When it was set
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Sessions of the systems' users: made at log-in or for a program, until they expire or are revoked
        platform.sessions (id) {
            /// Primary key; access tokens name it as sid
            id -> Uuid,
            /// The system whose user it is, which is a schema
            #[max_length = 20]
            system -> Varchar,
            /// The row of that system's users; a trigger there removes the session with it
            user_id -> Uuid,
            /// What its tokens may do with the user's rows: read or write
            #[max_length = 10]
            scope -> Varchar,
            /// SHA-256 of the refresh token that is good now; the first use of one replaces it
            refresh_hash -> Bytea,
            /// When it was made or last renewed
            last_used_at -> Timestamptz,
            /// It is refused from then on; renewing does not move this
            expires_at -> Timestamptz,
            /// It is refused from then on
            revoked_at -> Nullable<Timestamptz>,
            /// When it was made
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
            /// When the last refresh tokens were first used, the latest first
            renewals -> Array<Nullable<Timestamptz>>,
        }
    }

    diesel::joinable!(password_history -> credentials (credential_id));

    diesel::allow_tables_to_appear_in_same_query!(
        api_keys,
        audit_log,
        audit_seals,
        credentials,
        encryption_keys,
        idempotency_keys,
        login_failures,
        migration_ledger,
        password_history,
        sessions,
    );
}
