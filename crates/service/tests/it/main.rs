//! Use cases on a real PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that is wrong about its rows should fail"
)]

mod export_action_plan_progress;
mod export_at_once;
mod export_certification_progress;
mod export_chat;
mod export_documents;
mod export_end_users;
mod export_erasure_at_once;
mod export_fixtures;
mod export_reports;
mod export_statements;
mod export_user_metrics;
mod export_users;
mod fixtures;
mod identity_at_once;
mod identity_log_in;
mod identity_tokens;
mod market_at_once;
mod market_bot_sessions;
mod market_buyers;
mod market_conversations;
mod market_feed;
mod market_maintenance;
mod market_messages;
mod market_privacy;
mod market_products;
mod market_queue;
mod market_statements;
mod market_world;
mod pantry_conversations;
mod pantry_end_users;
mod pantry_items;
mod pantry_meal_plans;
mod pantry_products;
mod pantry_receipts;
mod pantry_recipes;
mod pantry_spending;
mod pantry_stocking;
mod pantry_users;
mod pantry_world;
mod split_at_once;
mod split_batch;
mod split_bills;
mod split_contacts;
mod split_conversations;
mod split_erasure_at_once;
mod split_payments;
mod split_sharing;
mod split_tracking;
mod split_users;
mod whatsapp_answers;
mod whatsapp_at_once;
mod whatsapp_data;
mod whatsapp_fixtures;
mod whatsapp_imports;
mod whatsapp_inbound;
mod whatsapp_store;
mod whatsapp_webhook;
