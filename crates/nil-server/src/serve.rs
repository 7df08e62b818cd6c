//! Accepts connections, serves them, and drains them when told to stop.

use std::{net::SocketAddr, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{app::App, maintenance, publisher, router::router};

/// Why a server could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Off loopback without a token.
    #[error("refusing to listen on {0} without a token: set NIL_TOKEN, or listen on 127.0.0.1")]
    OpenToTheWorld(SocketAddr),
}

/// A client must send its header in this time; slow-loris connections end here.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `stop`, then drains: no new connections, requests in flight get the configured time.
///
/// # Errors
/// [`ServeError::OpenToTheWorld`] before anything is accepted.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> Result<(), ServeError> {
    if let Ok(address) = listener.local_addr()
        && !address.ip().is_loopback()
        && app.config().token.is_none()
    {
        return Err(ServeError::OpenToTheWorld(address));
    }
    let mut loops = JoinSet::new();
    let stop_loops = CancellationToken::new();
    loops.spawn(maintenance::follow_changes(app.clone(), stop_loops.clone()));
    loops.spawn(maintenance::keep_history(app.clone(), stop_loops.clone()));
    loops.spawn(maintenance::watch_history(app.clone(), stop_loops.clone()));
    loops.spawn(publisher::run(app.clone(), stop_loops.clone()));

    let graceful = accept(&app, listener, &stop).await;
    let drain = app.config().drain;
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(?drain, "requests were still in flight when the drain's time was over");
    }
    stop_loops.cancel();
    while loops.join_next().await.is_some() {}
    Ok(())
}

async fn accept(app: &App, listener: TcpListener, stop: &CancellationToken) -> GracefulShutdown {
    let service = TowerToHyperService::new(router(app.clone()));
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).pipeline_flush(true);
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
        let connection = server.serve_connection(TokioIo::new(stream), service.clone()).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
}
