//! Server-sent events: `text/event-stream` as the HTML standard has it.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    IntoResponse as _, Response, Sse,
    sse::{Event, KeepAlive},
};
use futures_util::Stream;
use http::{HeaderName, HeaderValue};
use serde::Serialize;

/// How often a quiet stream says that it is there; proxies give up after 30 s or more.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Tells nginx not to wait until a buffer is full.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// An event with a JSON body.
pub(crate) fn sse_event(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).json_data(data).unwrap_or_else(|error| {
        tracing::error!(%error, name, "an event could not be written");
        Event::default().comment("an event could not be written")
    })
}

/// A stream of events as an answer; comments keep it alive while nothing happens.
pub(crate) fn sse_response(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    use futures_util::StreamExt as _;
    let events = events.map(Ok::<_, Infallible>);
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("still here")).into_response();
    response.headers_mut().insert(UNBUFFERED, HeaderValue::from_static("no"));
    response
}
