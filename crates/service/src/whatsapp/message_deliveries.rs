//! What becomes of messages that were sent.

pub use repository::whatsapp::message_deliveries::{DeliveryFilter, get, list, record};
