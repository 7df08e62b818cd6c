//! What all endpoints share: reading requests, who may call, and how errors look.

mod auth;
mod body;
mod error;
mod origin;
mod page;
mod path;
mod problem;
mod sse;

pub(crate) use auth::{check_token, require_token};
pub(crate) use body::{JsonBody, body_error, decode_json, is_json, media_type};
pub(crate) use error::ApiError;
pub(crate) use origin::{check_origin, refuse_foreign_pages};
pub(crate) use page::{PageQuery, QueryParams, next_link, next_link_with, page_of};
pub(crate) use path::{ExecutionPath, FunctionPath, LetterPath};
pub(crate) use problem::{render, render_problems};
pub(crate) use sse::{sse_event, sse_response};
