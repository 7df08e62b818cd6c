//! `GET /events`: what happens, as it happens.

use axum::{
    extract::State,
    response::{Response, sse::Event},
};
use futures_util::stream;
use nil_api::{LaggedEvent, Problem};
use nil_core::{FunctionId, FunctionRef};
use serde::Deserialize;

use crate::{
    app::App,
    events::{Heard, Subscription},
    http::{ApiError, QueryParams, sse_event, sse_response},
};

/// Whose events.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Of this function only, by id or name.
    function: Option<String>,
}

/// Changes of functions and executions, on every server, as server-sent events: `function` (a `FunctionEvent`),
/// `execution` (an `ExecutionEvent`), and `lagged` (a `LaggedEvent`) where some were missed. Events of executions are
/// told as well as is possible without holding up anybody; the record is what counts.
#[utoipa::path(get, operation_id = "streamEvents", path = "/events", tag = "operations", params(EventsQuery), responses(
    (status = 200, description = "A stream that goes on until the client or the server ends it",
     body = String, content_type = "text/event-stream"),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available, or too many streams are open", body = Problem),
))]
pub(crate) async fn stream(
    State(app): State<App>,
    QueryParams(query): QueryParams<EventsQuery>,
) -> Result<Response, ApiError> {
    let function = match &query.function {
        None => None,
        Some(text) => {
            let function: FunctionRef =
                text.parse().map_err(|error| ApiError::invalid(format!("`function`: {error}")))?;
            let id = app.store().function_id(&function).await?;
            Some(id.ok_or_else(|| ApiError::unknown_function(&function))?)
        }
    };
    let listening = (app.events().subscribe()?, function);
    Ok(sse_response(stream::unfold(listening, next)))
}

async fn next(
    (mut subscription, function): (Subscription, Option<FunctionId>),
) -> Option<(Event, (Subscription, Option<FunctionId>))> {
    loop {
        let event = match subscription.next().await? {
            Heard::Execution { event, .. } if function.is_none_or(|id| id == event.function_id) => {
                sse_event("execution", &*event)
            }
            Heard::Function(event) if function.is_none_or(|id| id == event.function_id) => {
                sse_event("function", &*event)
            }
            Heard::Lagged(missed) => sse_event("lagged", &LaggedEvent { missed }),
            Heard::Execution { .. } | Heard::Function(_) => continue,
        };
        return Some((event, (subscription, function)));
    }
}
