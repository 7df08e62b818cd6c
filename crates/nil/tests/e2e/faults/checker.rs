//! Whether every promise was kept.

use std::{collections::HashSet, time::Duration};

use nil_test::{TestHttp, eventually, eventually_some};

use super::workload::{Deployed, Executed, Ledger, source};
use crate::functions::{execute, raw};

/// What a killed compiler or server held is delivered again after a lease of 15 s, at the worst several times.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

pub(super) async fn check(http: &TestHttp, ledger: &Ledger) {
    let functions = std::mem::take(&mut *ledger.functions.lock().expect("no client has panicked"));
    let executions = std::mem::take(&mut *ledger.executions.lock().expect("no client has panicked"));
    assert!(functions.len() >= 10 && executions.len() >= 50, "{} and {}", functions.len(), executions.len());
    for function in &functions {
        settles(http, function).await;
    }
    for execution in &executions {
        is_recorded(http, execution).await;
    }
    for function in &functions {
        is_listed_once(http, function, &executions).await;
    }
    eventually("the queue is empty", SETTLED_WITHIN, async || {
        let queue = http.get("/queue").await.expect(200).json();
        queue["compilation"]["queued"] == 0 && queue["compilation"]["leased"] == 0
    })
    .await;
}

/// The last acknowledged revision is READY and is the one that answers.
async fn settles(http: &TestHttp, function: &Deployed) {
    let Deployed { id, name, revision } = function;
    let path = format!("/functions/{id}?waitMs=1000");
    let detail = eventually_some(&format!("{name} comes to its end"), SETTLED_WITHIN, async || {
        let detail = http.get(&path).await.expect(200).json();
        (!matches!(detail["status"].as_str(), Some("PENDING" | "COMPILING"))).then_some(detail)
    })
    .await;
    assert_eq!(detail["status"], "READY", "{detail:#}");
    assert_eq!(detail["source"], source(name, *revision), "{name} lost its last revision");
    assert_eq!(detail["version"], detail["liveVersion"], "{name}");
    let answer = execute(http, id, "{}").await.json();
    assert_eq!(answer["output"]["function"], *name);
    assert_eq!(answer["output"]["revision"], *revision, "{name} answers with an old revision");
}

async fn is_recorded(http: &TestHttp, execution: &Executed) {
    let Executed { id, function_id, nonce, output } = execution;
    let record = http.get(&format!("/executions/{id}")).await;
    assert_eq!(record.status, 200, "execution {id} was acknowledged and is lost");
    assert_eq!(raw(&record.text, "output"), output, "execution {id} was answered with another output");
    assert_eq!(raw(&record.text, "input"), format!("{{\"nonce\":{nonce}}}"));
    assert_eq!(raw(&record.text, "functionId"), format!("\"{function_id}\""));
    assert_eq!(raw(&record.text, "status"), "\"COMPLETED\"");
}

async fn is_listed_once(http: &TestHttp, function: &Deployed, executions: &[Executed]) {
    let list = http.get(&format!("/functions/{}/executions", function.id)).await.expect(200).json();
    let ids: Vec<&str> = list.as_array().expect("a list").iter().filter_map(|entry| entry["id"].as_str()).collect();
    let distinct: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len(), "{} lists an execution twice", function.name);
    for execution in executions.iter().filter(|execution| execution.function_id == function.id) {
        assert!(distinct.contains(execution.id.as_str()), "{} does not list {}", function.name, execution.id);
    }
}
