//! The tables as diesel sees them. The files in `generated/` are printed by `make schema` and never edited.

#[path = "generated/export.rs"]
#[expect(unreachable_pub, reason = "diesel prints its modules as public")]
mod generated_export;
#[path = "generated/market.rs"]
#[expect(unreachable_pub, reason = "diesel prints its modules as public")]
mod generated_market;
#[path = "generated/pantry.rs"]
#[expect(unreachable_pub, reason = "diesel prints its modules as public")]
mod generated_pantry;
#[path = "generated/platform.rs"]
#[expect(unreachable_pub, reason = "diesel prints its modules as public")]
mod generated_platform;
#[path = "generated/split.rs"]
#[expect(unreachable_pub, reason = "diesel prints its modules as public")]
mod generated_split;
#[path = "generated/whatsapp.rs"]
#[expect(unreachable_pub, reason = "diesel prints its modules as public")]
mod generated_whatsapp;

pub(crate) use generated_export::export;
pub(crate) use generated_market::market;
pub(crate) use generated_pantry::pantry;
pub(crate) use generated_platform::platform;
pub(crate) use generated_split::split;
pub(crate) use generated_whatsapp::whatsapp;
