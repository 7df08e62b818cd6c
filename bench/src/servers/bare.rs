//! The limit: a JSON echo without a sandbox, a record, admission or a look at the headers. Nothing that serves HTTP
//! from this stack can be faster.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serde_json::value::RawValue;

use super::listen::{json, listen};

/// Answers the JSON it was sent.
pub(crate) async fn serve(address: SocketAddr) -> anyhow::Result<()> {
    listen(address, echo).await
}

async fn echo(request: Request<Incoming>) -> Response<Full<Bytes>> {
    let Ok(body) = request.into_body().collect().await else { return json(400, "{}") };
    let body = body.to_bytes();
    match serde_json::from_slice::<&RawValue>(&body) {
        Ok(_) => json(200, body),
        Err(_) => json(400, "{}"),
    }
}
