//! Which environments a function may be given, checked before anything is stored.

use nil_api::ProblemKind;
use nil_core::EnvironmentName;

use crate::http::ApiError;

/// Environments of one function at the most.
const MOST: usize = 16;

/// A function's environments, as `POST /functions`, `PUT /functions/{id}` and `PUT /functions/{id}/environments` bring
/// them.
pub(crate) fn all(names: &[String]) -> Result<Vec<EnvironmentName>, ApiError> {
    let refuse = |detail: String| Err(ApiError::new(ProblemKind::InvalidValue, detail));
    let names = names.iter().map(|name| name.parse()).collect::<Result<Vec<EnvironmentName>, _>>()?;
    if names.len() > MOST {
        return refuse(format!("`environments` has {} names; use at most {MOST}", names.len()));
    }
    for (index, name) in names.iter().enumerate() {
        if names[..index].iter().any(|earlier| earlier.key() == name.key()) {
            return refuse(format!("`environments` names `{name}` twice"));
        }
    }
    Ok(names)
}
