//! The document that describes the API, as it is served.

use serde_json::Value;

use crate::product::http;

#[tokio::test]
async fn the_whole_document() {
    let answer = http().get("/openapi.json").await.expect(200);
    let mut document: Value = answer.json();
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    // A release must not have to renew the snapshot.
    document["info"]["version"] = "[version]".into();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("openapi", super::stable::canonical(document));
    });
}

#[tokio::test]
async fn it_can_be_browsed() {
    let http = http();
    let page = http.get("/docs/").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("swagger"), "{}", page.text);
}
