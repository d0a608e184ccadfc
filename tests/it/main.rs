//! Black box, over HTTP and the command line; and the guards of the architecture.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect should stop there"
)]

mod audit;
mod bad_json;
mod body_memory;
mod canaries;
mod contract;
mod cors;
mod dashboards;
mod database_tls;
mod demo;
mod documents;
mod dry_run;
mod end_users;
mod etags;
mod export_analyses;
mod export_certificates;
mod export_chat;
mod export_documents;
mod export_log_in;
mod export_own_data;
mod export_plan;
mod export_report_figures;
mod export_report_input;
mod export_reports;
mod export_users;
mod exporter;
mod guard_document;
mod guard_pii;
mod guard_routes;
mod guard_row_security;
mod guard_schema;
mod guard_source;
mod household;
mod http_rules;
mod https;
mod idempotency;
mod kitchen;
mod metrics_page;
mod observability;
mod pantry_conversations;
mod pantry_input;
mod pantry_items;
mod pantry_kitchen_input;
mod pantry_meal_plans;
mod pantry_products;
mod pantry_receipt_input;
mod pantry_receipts;
mod pantry_recipes;
mod pantry_spending;
mod pantry_stocking;
mod pantry_users;
mod pooler;
mod rate_limits;
mod redis;
mod round_trips;
mod running;
mod split_at_random;
mod split_batch;
mod split_conversations;
mod split_erasure;
mod split_input;
mod split_reports;
mod split_story;
mod split_tracking;
mod split_values;
mod twilio;
mod unread_bodies;
mod user_tokens;
mod whatsapp_answers;
mod whatsapp_imports;
mod whatsapp_input;
mod whatsapp_log_in;
mod whatsapp_memory;
mod whatsapp_story;
mod whatsapp_users;
mod whatsapp_webhook;
mod world;
