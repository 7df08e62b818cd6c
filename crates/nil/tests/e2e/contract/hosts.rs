//! A page in somebody's browser cannot drive a server on their machine.

use nil_test::{Answer, send};
use reqwest::Method;

use crate::product::{http, shared};

async fn get(headers: &[(&str, &str)]) -> Answer {
    let request = http().request(Method::GET, "/functions");
    send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let own = format!("localhost:{}", shared().port());
    let refused: [&[(&str, &str)]; 9] = [
        &[("host", "evil.example")],
        &[("host", "127.0.0.1.evil.example")],
        &[("host", "localhost.evil.example")],
        &[("host", "user@localhost")],
        &[("host", &own), ("origin", "http://evil.example")],
        &[("host", &own), ("origin", "null")],
        &[("host", &own), ("origin", "http://localhost:1")],
        &[("host", &own), ("sec-fetch-site", "cross-site")],
        &[("host", &own), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")],
    ];
    for headers in refused {
        let answer = get(headers).await;
        assert_eq!(
            (answer.status, &answer.json()["type"]),
            (403, &"/docs/problems/forbidden-origin".into()),
            "{headers:?}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn own_pages_and_tools_are_served() {
    let own = format!("localhost:{}", shared().port());
    let origin = format!("http://{own}");
    let served: [&[(&str, &str)]; 5] = [
        &[],
        &[("host", &own)],
        &[("host", &own), ("origin", &origin)],
        &[("host", &own), ("origin", &origin), ("sec-fetch-site", "same-origin")],
        &[("host", &own), ("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")],
    ];
    for headers in served {
        assert_eq!(get(headers).await.status, 200, "{headers:?}");
    }
}
