//! `GET /functions/{id}/logs`: what a function's executions wrote, as a list or as it is written.

mod follow;
mod list;
mod read;

pub(crate) use read::{__path_read, read};
