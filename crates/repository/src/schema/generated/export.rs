// @generated automatically by Diesel CLI.

pub mod export {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Tasks of the seven-day plans of reports, and which of them are done
        export.action_plan_progress (id) {
            /// Primary key
            id -> Uuid,
            /// Whose report it is
            user_id -> Uuid,
            /// The report whose plan it is
            report_id -> Uuid,
            /// What the agent calls the task
            #[max_length = 100]
            task_id -> Varchar,
            /// What is to be done
            #[max_length = 255]
            task_title -> Varchar,
            /// Day of the plan, from 1 to 7
            day_number -> Int4,
            /// How to do it
            task_description -> Nullable<Text>,
            /// certification, documentation, logistics or finance
            #[max_length = 50]
            task_category -> Nullable<Varchar>,
            /// Whether it is done
            completed -> Bool,
            /// When it was done
            completed_at -> Nullable<Timestamptz>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Certificates that reports need, and how far each has come
        export.certification_progress (id) {
            /// Primary key
            id -> Uuid,
            /// Whose report it is
            user_id -> Uuid,
            /// The report that needs it
            report_id -> Uuid,
            /// What the agent calls it
            #[max_length = 100]
            certification_id -> Varchar,
            /// What people call it
            #[max_length = 255]
            certification_name -> Varchar,
            /// FDA, CE, REACH, BIS, ZED, SOFTEX or other
            #[max_length = 50]
            certification_type -> Varchar,
            /// not_started, in_progress, completed or rejected
            #[max_length = 50]
            status -> Varchar,
            /// Documents that are ready, all different, in the order they were added; in clear
            documents_completed -> Jsonb,
            /// What people noted; in clear
            notes -> Nullable<Text>,
            /// When it was first begun
            started_at -> Nullable<Timestamptz>,
            /// When it was granted
            completed_at -> Nullable<Timestamptz>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Questions and answers of a conversation
        export.chat_messages (id) {
            /// Primary key
            id -> Uuid,
            /// The conversation
            session_id -> Uuid,
            /// user, who asks, or assistant, who answers
            #[max_length = 20]
            role -> Varchar,
            /// What is said; sealed
            content -> Sealed,
            /// What an answer is founded on; in clear
            sources -> Nullable<Jsonb>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Conversations about a report
        export.chat_sessions (id) {
            /// Primary key
            id -> Uuid,
            /// The exporter
            user_id -> Uuid,
            /// The report the conversation is about
            report_id -> Uuid,
            /// What the agent is to know; in clear
            context_data -> Nullable<Jsonb>,
            /// When something was last said
            last_activity -> Timestamptz,
            /// From then on the conversation is absent; never where there is none
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

        /// What an export costs before it pays: one row for a report at most
        export.finance_analysis (id) {
            /// Primary key
            id -> Uuid,
            /// The exporter
            user_id -> Uuid,
            /// The report
            report_id -> Uuid,
            /// The money that is needed until the buyer pays; in clear
            working_capital_data -> Jsonb,
            /// Credit before the goods are shipped; in clear
            pre_shipment_credit_data -> Nullable<Jsonb>,
            /// What the RoDTEP scheme pays back; in clear
            rodtep_benefit_data -> Nullable<Jsonb>,
            /// GST that is paid back; in clear
            gst_refund_data -> Nullable<Jsonb>,
            /// When money comes and goes; in clear
            cash_flow_timeline -> Nullable<Jsonb>,
            /// Ways to pay for it all; in clear
            financing_options -> Nullable<Jsonb>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Documents of an export
        export.generated_documents (id) {
            /// Primary key
            id -> Uuid,
            /// The exporter
            user_id -> Uuid,
            /// The report the document belongs to
            report_id -> Uuid,
            /// commercial_invoice, packing_list, shipping_bill, gst_lut, softex or certificate_of_origin
            #[max_length = 100]
            document_type -> Varchar,
            /// The content, as JSON; sealed
            document_data -> Sealed,
            /// Blind index of the invoice number in document_data; of invoices only
            document_data_bidx -> Nullable<Bytea>,
            /// Where the document can be printed from
            #[max_length = 500]
            pdf_url -> Nullable<Varchar>,
            /// Where it can be edited
            #[max_length = 500]
            editable_url -> Nullable<Varchar>,
            /// What the checks found when it last changed: fields and faults, never what the document says; in clear
            validation_results -> Nullable<Jsonb>,
            /// Whether they found no error
            is_valid -> Bool,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// How the goods of an export travel: one row for a report at most
        export.logistics_analysis (id) {
            /// Primary key
            id -> Uuid,
            /// The exporter
            user_id -> Uuid,
            /// The report
            report_id -> Uuid,
            /// A part of a container compared with a whole one; in clear
            lcl_fcl_comparison -> Nullable<Jsonb>,
            /// How likely customs is to examine the goods; in clear
            rms_probability_data -> Nullable<Jsonb>,
            /// The routes; in clear
            route_analysis -> Nullable<Jsonb>,
            /// What the carriage costs; in clear
            freight_estimate -> Nullable<Jsonb>,
            /// Which insurance to take; in clear
            insurance_recommendation -> Nullable<Jsonb>,
            /// When the row was made
            created_at -> Timestamptz,
            /// When the row last changed
            updated_at -> Timestamptz,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::database::sealed::sql_types::*;

        /// Reports on what it takes to export a product to a country
        export.reports (id) {
            /// Primary key
            id -> Uuid,
            /// The exporter who asked for it
            user_id -> Uuid,
            /// The product
            #[max_length = 255]
            product_name -> Varchar,
            /// Where it is exported to
            #[max_length = 100]
            destination_country -> Varchar,
            /// A picture of it, stored and never fetched
            #[max_length = 500]
            product_image_url -> Nullable<Varchar>,
            /// What it consists of
            ingredients -> Nullable<Text>,
            /// Bill of materials
            bom -> Nullable<Text>,
            /// Manufacturing, SaaS or Merchant: the user's when the report was made, unless another was given
            #[max_length = 50]
            business_type -> Varchar,
            /// Micro, Small or Medium: the user's when the report was made, unless another was given
            #[max_length = 50]
            company_size -> Varchar,
            /// What the company ships in a month: the user's when the report was made, unless another was given
            monthly_volume -> Nullable<Int4>,
            /// What the product costs
            #[max_length = 100]
            price_range -> Nullable<Varchar>,
            /// How buyers pay
            #[max_length = 100]
            payment_mode -> Nullable<Varchar>,
            /// Code of the product in the Harmonized System: 6, 8 or 10 digits
            #[max_length = 20]
            hs_code -> Nullable<Varchar>,
            /// How certain the code is, in percent
            hs_code_confidence -> Nullable<Numeric>,
            /// From 0 to 100, the riskiest
            risk_score -> Nullable<Int4>,
            /// Cost of becoming ready to export
            estimated_cost -> Nullable<Numeric>,
            /// Days until ready to export
            estimated_timeline_days -> Nullable<Int4>,
            /// The whole report, as the agent wrote it; in clear
            report_data -> Jsonb,
            /// processing, completed or failed
            #[max_length = 50]
            status -> Varchar,
            /// Why it failed; sealed
            failure_reason -> Nullable<Sealed>,
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

    diesel::joinable!(chat_messages -> chat_sessions (session_id));
    diesel::joinable!(reports -> users (user_id));
    diesel::joinable!(user_metrics -> users (user_id));

    diesel::allow_tables_to_appear_in_same_query!(
        action_plan_progress,
        certification_progress,
        chat_messages,
        chat_sessions,
        finance_analysis,
        generated_documents,
        logistics_analysis,
        reports,
        user_metrics,
        users,
    );
}
