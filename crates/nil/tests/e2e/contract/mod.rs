//! The HTTP contract: endpoints, errors, hostile requests, and the document that describes them.

mod endpoints;
mod hosts;
mod languages;
mod openapi;
mod passing_through;
mod problems;
mod slow;
mod stable;
mod wire;
