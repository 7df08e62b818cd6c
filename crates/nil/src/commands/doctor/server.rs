//! How the server is: whether it answers, and each thing it depends on.

use nil_client::{Client, ClientError};

use super::check::Check;

pub(super) async fn checks(client: &Client) -> Vec<Check> {
    let url = client.base_url();
    let failed = |error: &ClientError| Check::failed("server", error.to_string(), error.hint());
    if let Err(error) = client.health().await {
        return vec![failed(&error)];
    }
    let mut checks = vec![Check::ok("server", format!("{url} answers"))];
    match client.ready().await {
        Ok(readiness) => checks.extend(readiness.checks.into_iter().map(|part| {
            let name = format!("server {}", nil_core::escape_control(&part.name));
            let detail = part.detail.unwrap_or_default();
            match part.ok {
                true => Check::ok(name, if detail.is_empty() { "works".to_owned() } else { detail }),
                false => Check::failed(name, detail, Some("the server's log says more".to_owned())),
            }
        })),
        Err(error) => checks.push(failed(&error)),
    }
    // The probes are open to everybody; this is the first request that needs the token.
    match client.list().await {
        Ok(functions) => checks.push(Check::ok("token", format!("accepted; {} functions", functions.len()))),
        Err(error) => checks.push(Check::failed("token", error.to_string(), error.hint())),
    }
    checks
}
