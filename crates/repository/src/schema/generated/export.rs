// @generated automatically by Diesel CLI.

pub mod export {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// What each exporter has done so far
        export.user_metrics (id) {
            /// Primary key
            id -> Uuid,
            /// The exporter, who has one row from the beginning
            user_id -> Uuid,
            /// Reports that were completed
            reports_generated -> Int4,
            /// Certificates that were completed
            certifications_completed -> Int4,
            /// Documents that were made
            documents_generated -> Int4,
            /// Exports that were marked as done
            exports_completed -> Int4,
            /// Days saved by all exports together
            timeline_reduction_days -> Int4,
            /// Costs saved by all exports together
            cost_savings -> Numeric,
            /// When the latest of the exports was
            last_export_date -> Nullable<Timestamptz>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Exporters
        export.users (id) {
            /// Primary key
            id -> Uuid,
            /// E-mail address, by which an exporter logs in; sealed
            email -> Sealed,
            /// Blind index of email
            email_bidx -> Bytea,
            /// Manufacturing, SaaS or Merchant
            #[max_length = 50]
            business_type -> Varchar,
            /// Micro, Small or Medium
            #[max_length = 50]
            company_size -> Varchar,
            /// Name of the company; sealed
            company_name -> Nullable<Sealed>,
            /// What the company ships in a month
            monthly_volume -> Nullable<Int4>,
            /// When a session was last opened with the password
            last_login -> Nullable<Timestamptz>,
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

    diesel::joinable!(user_metrics -> users (user_id));

    diesel::allow_tables_to_appear_in_same_query!(user_metrics, users,);
}
