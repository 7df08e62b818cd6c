//! Reading server-sent events as any client of them would.

use nil_test::TestHttp;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::product::SOON;

/// An event: its name and its JSON body.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) data: Value,
}

/// An open stream.
pub(super) struct EventStream {
    response: Response,
    unread: String,
}

impl EventStream {
    /// Opens a stream; what happens from then on is told.
    pub(super) async fn open(http: &TestHttp, path: &str) -> Self {
        Self::open_behind(http, path, None).await
    }

    /// The same behind an event that was seen.
    pub(super) async fn open_behind(http: &TestHttp, path: &str, last: Option<&str>) -> Self {
        let mut request = http.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream", "{path}");
        Self { response, unread: String::new() }
    }

    /// The next event; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Told> {
        loop {
            while let Some((frame, rest)) = self.unread.split_once("\n\n") {
                let told = read(frame);
                self.unread = rest.to_owned();
                if told.is_some() {
                    return told;
                }
            }
            let chunk = tokio::time::timeout(SOON, self.response.chunk()).await.expect("the stream says something");
            self.unread.push_str(std::str::from_utf8(&chunk.expect("a whole stream")?).expect("UTF-8"));
        }
    }

    /// The first event that `is_it`, and those before it.
    pub(super) async fn until(&mut self, is_it: impl Fn(&Told) -> bool) -> Vec<Told> {
        let mut seen = Vec::new();
        loop {
            let told = self.next().await.unwrap_or_else(|| panic!("the stream ended behind {seen:#?}"));
            let found = is_it(&told);
            seen.push(told);
            if found {
                return seen;
            }
        }
    }
}

/// A comment is no event.
fn read(frame: &str) -> Option<Told> {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
    let data = field("data:")?;
    Some(Told {
        name: field("event:").unwrap_or("message").to_owned(),
        id: field("id:").unwrap_or_default().to_owned(),
        data: serde_json::from_str(data).expect("JSON"),
    })
}
