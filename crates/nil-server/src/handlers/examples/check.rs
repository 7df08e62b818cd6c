//! What an example may be, checked before anything is stored.

use std::collections::BTreeMap;

use nil_api::{ExampleBody, ProblemKind};
use nil_core::{Example, ExampleName, MAX_EXAMPLE_BYTES, MAX_EXAMPLES};

use crate::http::ApiError;

/// All examples of a function, as `POST /functions` and `PUT /functions/{id}` bring them.
pub(crate) fn all(bodies: BTreeMap<String, ExampleBody>) -> Result<Vec<Example>, ApiError> {
    if bodies.len() > MAX_EXAMPLES {
        return Err(too_many());
    }
    bodies.into_iter().map(|(name, body)| one(name.parse()?, body)).collect()
}

pub(super) fn one(name: ExampleName, body: ExampleBody) -> Result<Example, ApiError> {
    let ExampleBody { input, output } = body;
    if !input.get().starts_with('{') {
        return Err(ApiError::new(
            ProblemKind::InvalidValue,
            format!("`input` of the example `{name}` must be a JSON object, as for a call"),
        ));
    }
    for (field, text) in [("input", input.get()), ("output", output.get())] {
        if text.len() > MAX_EXAMPLE_BYTES {
            return Err(ApiError::new(
                ProblemKind::TooLarge,
                format!("`{field}` of the example `{name}` has {} bytes; use at most {MAX_EXAMPLE_BYTES}", text.len()),
            ));
        }
    }
    Ok(Example { name, input, output })
}

pub(super) fn too_many() -> ApiError {
    ApiError::new(ProblemKind::InvalidValue, format!("a function has at most {MAX_EXAMPLES} examples"))
}
