//! What people do with the product, start to end.

mod operator;
mod person;
mod refusals;
