//! What is refused, and with what.

use serde_json::json;

use crate::{
    functions::{ECHO, deploy},
    product::http,
};

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let http = http();
    http.get("/environments/nothing-here").await.expect(404);
    http.delete("/environments/nothing-here").await.expect(404);
    http.put("/environments/nothing-here/variables/A", &json!({ "value": "1" })).await.expect(404);
    http.put("/environments/nothing-here/secrets/A", &json!({ "value": "1" })).await.expect(404);
    http.delete("/environments/nothing-here/secrets/A").await.expect(404);
    http.put("/environments/a%20b", &json!({})).await.expect(400);
    http.put("/environments/env-refused", &json!({ "variables": { "1A": "x" } })).await.expect(422);
    http.put("/environments/env-refused", &json!({ "secrets": {} })).await.expect(400);
    http.put("/environments/env-refused", &json!({})).await.expect(201);
    http.put("/environments/env-refused/variables/1A", &json!({ "value": "x" })).await.expect(400);
    http.put("/environments/env-refused/variables/A", &json!({ "value": "x".repeat(65_537) })).await.expect(422);
    for name in ["A", "B", "C"] {
        let path = format!("/environments/env-refused/variables/{name}");
        http.put(&path, &json!({ "value": "x".repeat(65_536) })).await.expect(204);
    }
    http.put("/environments/env-refused/variables/D", &json!({ "value": "x".repeat(65_536) })).await.expect(413);

    deploy(&http, "env-refused", ECHO).await;
    let path = "/functions/env-refused/environments";
    http.put(path, &json!({ "environments": ["nothing-here"] })).await.expect(422);
    http.put(path, &json!({ "environments": ["env-refused", "ENV-refused"] })).await.expect(422);
    http.put("/functions/nobody/environments", &json!({ "environments": [] })).await.expect(404);
    let all = http.get("/environments?limit=1").await.expect(200);
    assert_eq!(all.json().as_array().map(Vec::len), Some(1));
}
