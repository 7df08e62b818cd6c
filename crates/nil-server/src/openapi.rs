//! What the API's document says the same way everywhere, in one place.

use nil_api::PROBLEM_MEDIA_TYPE;
use utoipa::openapi::{Content, OpenApi, RefOr, Schema};

/// What a body is unless it says otherwise.
const JSON: &str = "application/json";

/// Gives every problem its media type.
pub(crate) fn name_problems(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            for response in operation.responses.responses.values_mut() {
                let RefOr::T(response) = response else { continue };
                let is_problem = matches!(response.content.get(JSON), Some(RefOr::T(content)) if is_problem(content));
                if is_problem && let Some(content) = response.content.shift_remove(JSON) {
                    response.content.insert(PROBLEM_MEDIA_TYPE.to_owned(), content);
                }
            }
        }
    }
}

fn is_problem(content: &Content) -> bool {
    matches!(&content.schema, Some(RefOr::<Schema>::Ref(schema)) if schema.ref_location.ends_with("/Problem"))
}
