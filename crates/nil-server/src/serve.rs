//! Accepts connections, serves them, and drains them when told to stop.

use std::{net::SocketAddr, time::Duration};

use http::Request;
use hyper::{
    body::Incoming,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{app::App, callbacks, events, front_door, maintenance, publisher, queue, router::router, schedules};

/// Why a server could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Off loopback without a token.
    #[error("refusing to listen on {0} without a token: set NIL_TOKEN, or listen on 127.0.0.1")]
    OpenToTheWorld(SocketAddr),
}

/// A client must begin to speak in this time and send its header in this time; slow-loris connections end here.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How every HTTP/2 connection begins (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves until `stop`, then drains: no new connections, requests in flight get the configured time.
///
/// # Errors
/// [`ServeError::OpenToTheWorld`] before anything is accepted.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> Result<(), ServeError> {
    let beyond = listener.local_addr().ok().filter(|address| !address.ip().is_loopback());
    if let Some(address) = beyond
        && app.config().token.is_none()
    {
        return Err(ServeError::OpenToTheWorld(address));
    }
    let mut loops = JoinSet::new();
    let stop_loops = CancellationToken::new();
    loops.spawn(maintenance::follow_changes(app.clone(), stop_loops.clone()));
    loops.spawn(maintenance::keep_history(app.clone(), stop_loops.clone()));
    loops.spawn(maintenance::count_executions(app.clone(), stop_loops.clone()));
    loops.spawn(maintenance::sample_queues(app.clone(), stop_loops.clone()));
    loops.spawn(maintenance::watch_history(app.clone(), stop_loops.clone()));
    loops.spawn(maintenance::hear_answers(app.clone(), stop_loops.clone()));
    loops.spawn(maintenance::expand_history(app.clone(), stop_loops.clone()));
    if beyond.is_some() {
        loops.spawn(maintenance::tell_exposure(app.clone(), stop_loops.clone()));
    }
    // Streams end with the first call for the end, or the drain would wait for them.
    loops.spawn(events::run(app.clone(), stop.clone()));
    loops.spawn(publisher::run(app.clone(), stop_loops.clone()));
    loops.spawn(schedules::run(app.clone(), stop.clone()));
    loops.spawn(callbacks::run(app.clone(), stop.clone()));
    let drain = app.config().drain;
    // Queued work stops with the first call for the end: others take it over while requests are drained.
    loops.spawn(queue::run(app.clone(), stop.clone(), drain));

    let graceful = accept(&app, listener, &stop).await;
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(?drain, "requests were still in flight when the drain's time was over");
    }
    stop_loops.cancel();
    while loops.join_next().await.is_some() {}
    Ok(())
}

async fn accept(app: &App, listener: TcpListener, stop: &CancellationToken) -> GracefulShutdown {
    let router = TowerToHyperService::new(router(app.clone()));
    let mut server = auto::Builder::new(TokioExecutor::new());
    // `writev` off: answers are small, so copying them into one buffer is cheaper than a vectored write. Not
    // `pipeline_flush`: it keeps an answer back while a part of the next request is there, and refusals for good.
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).writev(false);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));
    let graceful = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors: connections that end will free some.
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = stop.cancelled() => return graceful,
        };
        // Answers are small and complete: waiting to fill a segment would only delay them.
        let _ = stream.set_nodelay(true);
        let (server, watcher, stop) = (server.clone(), graceful.watcher(), stop.clone());
        let (router, app) = (router.clone(), app.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (router, app) = (router.clone(), app.clone());
            async move {
                if front_door::is_front_door(request.uri().path()) {
                    return Ok(front_door::serve(app, request).await);
                }
                router.call(request).await
            }
        });
        tokio::spawn(async move {
            tokio::select! {
                spoke = begins_to_speak(&stream) => if !spoke { return },
                () = stop.cancelled() => return,
            }
            let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
}

/// Whether a client sends enough in time to tell which HTTP it speaks. The header timeout of either protocol only
/// begins behind that.
async fn begins_to_speak(stream: &TcpStream) -> bool {
    let first_bytes = async {
        let mut start = [0; HTTP2_PREFACE.len()];
        loop {
            match stream.peek(&mut start).await {
                Ok(0) | Err(_) => return false,
                Ok(length) if length < start.len() && HTTP2_PREFACE.starts_with(&start[..length]) => {
                    // A part of the preface: the socket stays readable, so there is nothing to be woken by.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok(_) => return true,
            }
        }
    };
    tokio::time::timeout(HEADER_TIMEOUT, first_bytes).await.unwrap_or(false)
}
