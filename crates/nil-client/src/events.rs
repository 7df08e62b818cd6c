//! Streams of server-sent events: their frames, and `GET /events`.

use std::{pin::Pin, time::Duration};

use eventsource_stream::{Event as Frame, Eventsource as _};
use futures_util::{Stream, StreamExt as _};
use nil_api::Event;
use nil_core::FunctionRef;
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;

use crate::{
    client::{Call, Client},
    error::ClientError,
};

/// A server says something every 15 s, if only that it is there.
const SILENCE: Duration = Duration::from_secs(60);

/// Frames as they come.
pub(crate) struct Frames {
    url: Url,
    frames: Pin<Box<dyn Stream<Item = Result<Frame, String>> + Send>>,
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Frames {
    pub(crate) async fn open(client: &Client, call: Call) -> Result<Self, ClientError> {
        let (url, response) = client.stream(call).await?;
        let frames = response.bytes_stream().eventsource().map(|frame| frame.map_err(|error| error.to_string()));
        Ok(Self { url, frames: Box::pin(frames) })
    }

    /// The next frame; `None` when the server ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, ClientError> {
        match tokio::time::timeout(SILENCE, self.frames.next()).await {
            Ok(None) => Ok(None),
            Ok(Some(Ok(frame))) => Ok(Some(frame)),
            Ok(Some(Err(reason))) => Err(self.broken(reason)),
            Err(_) => Err(self.broken(format!("nothing was heard for {} s", SILENCE.as_secs()))),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, frame: &Frame) -> Result<T, ClientError> {
        serde_json::from_str(&frame.data).map_err(|error| ClientError::Protocol {
            url: self.url.to_string(),
            detail: format!("{error} in an event `{}`", frame.event),
        })
    }

    fn broken(&self, reason: String) -> ClientError {
        ClientError::Interrupted { url: self.url.to_string(), reason }
    }
}

/// What happens at the server, as it happens.
#[derive(Debug)]
pub struct EventStream {
    frames: Frames,
}

impl EventStream {
    /// The next event; `None` when the server ended the stream, as it does when it stops.
    ///
    /// # Errors
    /// [`ClientError::Interrupted`] when the connection broke; open another stream then.
    pub async fn next(&mut self) -> Result<Option<Event>, ClientError> {
        while let Some(frame) = self.frames.next().await? {
            match frame.event.as_str() {
                "function" => return self.frames.read(&frame).map(|event| Some(Event::Function(event))),
                "execution" => return self.frames.read(&frame).map(|event| Some(Event::Execution(event))),
                "lagged" => return self.frames.read(&frame).map(|event| Some(Event::Lagged(event))),
                // Newer servers may tell more.
                _ => {}
            }
        }
        Ok(None)
    }
}

impl Client {
    /// `GET /events`: changes of functions and executions, of one function or of all.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn events(&self, function: Option<&FunctionRef>) -> Result<EventStream, ClientError> {
        let mut call = self.call(Method::GET, &["events"]);
        if let Some(function) = function {
            call = call.query("function", function);
        }
        Ok(EventStream { frames: Frames::open(self, call).await? })
    }
}
