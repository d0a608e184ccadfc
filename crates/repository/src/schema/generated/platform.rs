// @generated automatically by Diesel CLI.

pub mod platform {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::sealed::sql_types::*;

        /// API keys; the key itself is shown once, when it is made
        platform.api_keys (id) {
            /// Primary key; the audit log names it
            id -> Uuid,
            /// What the operator calls the program that holds the key
            #[max_length = 200]
            name -> Varchar,
            /// SHA-256 of the key, which is 256 random bits
            key_hash -> Bytea,
            /// What the key may do, as split:read, split:write, split:admin, platform:admin
            scopes -> Array<Nullable<Text>>,
            /// Last use, recorded at most once a minute
            last_used_at -> Nullable<Timestamptz>,
            /// When the key was revoked; it is refused from then on
            revoked_at -> Nullable<Timestamptz>,
            /// When the key was made
            created_at -> Timestamptz,
            /// When this row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::sealed::sql_types::*;

        /// Every change of every table of the table list; partitioned by month
        platform.audit_log (id, created_at) {
            /// Order of writing
            id -> Int8,
            /// Start of the transaction that changed the row
            created_at -> Timestamptz,
            /// Who: api_key:<id>, user:<id>, operator:<name>, system, or login:<role> for hand-written SQL
            actor -> Text,
            /// X-Request-Id of the HTTP request, where there was one
            request_id -> Nullable<Text>,
            /// insert, update, delete, or query for a statement that an operator read with
            action -> Text,
            /// Schema and table of the changed row; the schema alone for a query
            table_name -> Text,
            /// Primary key of the changed row; SHA-256 of the text of a query, which may itself name people
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
        use crate::sealed::sql_types::*;

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
        use crate::sealed::sql_types::*;

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

    diesel::allow_tables_to_appear_in_same_query!(api_keys, audit_log, encryption_keys, migration_ledger,);
}
