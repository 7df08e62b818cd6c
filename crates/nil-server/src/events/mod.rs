//! What happens, told to whoever listens: `GET /events` and followed logs, on whichever server.
//!
//! [`hub`] takes what this server's executions say: one look at a flag while nobody listens anywhere, and never a
//! wait. [`relay`] gives it to the listeners here, and in batches through PostgreSQL to the servers that said that
//! they have some. Everything is bounded: what does not fit is counted, and listeners hear how much it was.

mod hub;
mod news;
mod relay;
mod subscription;

pub(crate) use hub::{Events, Heard};
pub(crate) use news::{news_of_accepted, news_of_queued, news_of_record};
pub(crate) use relay::run;
pub(crate) use subscription::Subscription;
