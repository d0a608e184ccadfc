//! The repository on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect should stop there")]

mod audit_retire;
mod audit_seals;
mod errors;
mod export_analyses;
mod export_chat;
mod export_documents;
mod export_fixtures;
mod export_own_data;
mod export_plans;
mod export_recompute_metrics;
mod export_reports;
mod export_retention;
mod export_users;
mod fixtures;
mod handle;
mod idempotency_keys;
mod ops_cleanup;
mod ops_health;
mod ops_migrations;
mod ops_query;
mod pantry_operations;
mod pantry_plans;
mod pantry_products;
mod pantry_recipe_plans;
mod pantry_recipes;
mod pantry_retention;
mod pantry_world;
mod passwords;
mod row_security;
mod row_security_matrix;
mod row_security_plans;
mod row_security_world;
mod sealing;
mod service_login;
mod split_batch;
mod split_bills;
mod split_contacts;
mod split_erasure;
mod split_users;
mod table_forms;
