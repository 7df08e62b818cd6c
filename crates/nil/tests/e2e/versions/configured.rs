//! A project with schedules and environments: deployed once, compared, changed, and never with a secret in it.

use std::path::Path;

use serde_json::{Value, json};

use super::{files::write, live};
use crate::{
    cli::{Ran, nil_in},
    functions::{deploy, execute, verdict},
    product::{http, shared},
};

/// Says what it is configured with.
const READER: &str = "import { env } from \"nil\";\nexport function handle(input: string): string {\n  const value = env(\"GREETING\");\n  return value === null ? \"null\" : '\"' + value + '\"';\n}\n";

/// A function that is gated by an example which only passes with its environment.
fn project(folder: &Path, greeting: &str, cron: &str, rest: &str) {
    let manifest = format!(
        "[environments.wired-base]\nvariables = {{ GREETING = \"{greeting}\", OTHER = \"1\" }}\nsecrets = [\"TOKEN\"]\n\
         [functions.wired]\nsource = \"wired.ts\"\nsettings = {{ gate = true }}\nenvironments = [\"wired-base\"]\n\
         [functions.wired.examples.greets]\noutput = \"{greeting}\"\n\
         [functions.wired.schedules.yearly]\ncron = \"{cron}\"\ntimeZone = \"Europe/Berlin\"\ninput = {{ days = 1 }}\n{rest}"
    );
    write(folder, "nil.toml", &manifest);
    write(folder, "wired.ts", READER);
}

const OFTEN: &str = "[functions.wired.schedules.often]\neveryMs = 86400000\npaused = true\ncatchUp = \"once\"\n";

#[tokio::test]
async fn schedules_and_environments_are_deployed_once_and_changed_with_the_file() {
    let (http, folder) = (http(), tempfile::TempDir::new().expect("a folder"));
    let nil = async |args: &[&str]| -> Ran { nil_in(folder.path(), shared(), args).await };
    let schedules = async || -> Vec<Value> {
        let mut all =
            http.get("/functions/wired/schedules").await.expect(200).json().as_array().expect("a list").clone();
        all.sort_by_key(|schedule| schedule["name"].to_string());
        all
    };
    project(folder.path(), "hello", "0 3 1 1 *", OFTEN);

    // Nothing is sent while a secret is missing; it is said which, and how it is set.
    let refused = nil(&["deploy"]).await.expect(1);
    assert!(refused.stderr.contains("`wired-base` has no secret `TOKEN`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("nil env secret wired-base TOKEN"), "{}", refused.stderr);
    http.get("/functions/wired").await.expect(404);
    http.get("/environments/wired-base").await.expect(404);
    write(folder.path(), "token", "hush-7c1e");
    nil(&["env", "secret", "wired-base", "TOKEN", "--from-file", "token"]).await.expect(0);

    let planned = nil(&["diff", "-o", "json"]).await.expect(0).json();
    assert_eq!((&planned[0]["kind"], &planned[0]["action"]), (&json!("environment"), &json!("update")), "{planned:#}");
    assert_eq!(planned[0]["variables"][0], json!({ "name": "GREETING", "from": null, "to": "hello" }));
    assert_eq!(planned[1]["environments"], json!({ "from": [], "to": ["wired-base"] }), "{planned:#}");
    let new = json!([{ "name": "often", "status": "added" }, { "name": "yearly", "status": "added" }]);
    assert_eq!(planned[1]["schedules"], new, "{planned:#}");

    // The gate ran its example with the environment that came in the same deploy.
    let deployed = nil(&["deploy", "-o", "json"]).await.expect(0).json();
    assert_eq!(deployed[0], json!({ "kind": "environment", "name": "wired-base", "action": "updated" }));
    assert_eq!((&deployed[1]["name"], &deployed[1]["action"]), (&json!("wired"), &json!("created")), "{deployed:#}");
    assert_eq!(
        (live(&http, "wired").await, execute(&http, "wired", "{}").await.json()["output"].clone()),
        (json!(1), json!("hello"))
    );
    let stored = schedules().await;
    assert_eq!(
        (&stored[0]["everyMs"], &stored[0]["paused"], &stored[0]["catchUp"]),
        (&json!(86_400_000), &json!(true), &json!("once"))
    );
    assert_eq!(
        (&stored[1]["cron"], &stored[1]["timeZone"], &stored[1]["input"]),
        (&json!("0 3 1 1 *"), &json!("Europe/Berlin"), &json!({ "days": 1 }))
    );

    let before = (http.get("/environments/wired-base").await.expect(200).json(), schedules().await);
    let again = nil(&["deploy"]).await.expect(0);
    assert!(again.stderr.contains("nothing changed"), "{again:?}");
    let same = nil(&["diff"]).await.expect(0);
    assert_eq!((same.stdout.as_str(), same.stderr.contains("no difference")), ("", true), "{same:?}");
    let after = (http.get("/environments/wired-base").await.expect(200).json(), schedules().await);
    assert_eq!(before, after, "not even touched");

    // What is not in the file goes; secrets stay.
    http.put("/environments/wired-base/variables/STRAY", &json!({ "value": "1" })).await.expect(204);
    http.put("/environments/wired-base/secrets/KEPT", &json!({ "value": "hush" })).await.expect(204);
    project(folder.path(), "hello", "0 4 1 1 *", "");
    let diff = nil(&["diff"]).await.expect(0);
    assert_eq!(
        diff.stdout,
        "environment wired-base: changed\nSTRAY: \"1\" -> none\nwired: changed\nschedule yearly: changed\n  \
         cron: \"0 3 1 1 *\" -> \"0 4 1 1 *\"\nschedule often: gone\n"
    );
    assert_eq!(schedules().await.len(), 2, "nothing was sent");
    let changed = nil(&["deploy"]).await.expect(0);
    assert!(changed.stderr.contains("wired: schedule often: gone"), "{}", changed.stderr);
    let stored = schedules().await;
    assert_eq!((stored.len(), &stored[0]["cron"]), (1, &json!("0 4 1 1 *")));
    let environment = http.get("/environments/wired-base").await.expect(200).json();
    assert_eq!(environment["variables"], json!({ "GREETING": "hello", "OTHER": "1" }));
    assert_eq!(environment["secrets"].as_array().map(Vec::len), Some(2), "{environment:#}");
    assert_eq!(live(&http, "wired").await, 1, "neither makes a version");
    nil(&["deploy"]).await.expect(0);
    assert!(!nil(&["diff", "-o", "json"]).await.expect(0).stdout.contains("hush"));
}

#[tokio::test]
async fn schedules_wait_for_the_version_they_are_meant_for() {
    let (http, folder) = (http(), tempfile::TempDir::new().expect("a folder"));
    let nil = async |args: &[&str]| -> Ran { nil_in(folder.path(), shared(), args).await };
    let manifest =
        |every: u32| format!("[functions.wired-wait]\n[functions.wired-wait.schedules.s]\neveryMs = {every}\n");
    write(folder.path(), "nil.toml", &manifest(80_000_000));
    write(folder.path(), "wired-wait.ts", READER);
    nil(&["deploy"]).await.expect(0);
    write(folder.path(), "nil.toml", &manifest(90_000_000));
    write(folder.path(), "wired-wait.ts", "export function handle(: string");
    let broken = nil(&["deploy"]).await.expect(4);
    assert!(broken.stderr.contains("wired-wait: its schedules stay as they were"), "{}", broken.stderr);
    let path = "/functions/wired-wait/schedules/s";
    assert_eq!(http.get(path).await.expect(200).json()["everyMs"], 80_000_000);
    write(folder.path(), "wired-wait.ts", READER);
    nil(&["deploy"]).await.expect(0);
    assert_eq!(http.get(path).await.expect(200).json()["everyMs"], 90_000_000);
}

#[tokio::test]
async fn what_a_project_must_not_do_to_environments_is_refused_before_anything_is_sent() {
    let (http, folder) = (http(), tempfile::TempDir::new().expect("a folder"));
    let nil = async |args: &[&str]| -> Ran { nil_in(folder.path(), shared(), args).await };
    http.put("/environments/wired-held", &json!({ "variables": {} })).await.expect(201);
    http.put("/environments/wired-held/secrets/TOKEN", &json!({ "value": "hush" })).await.expect(204);
    write(folder.path(), "wired-no.ts", READER);
    let manifest = "[functions.wired-no]\nenvironments = [\"wired-nowhere\"]\n\
                    [environments.wired-held]\nvariables = { TOKEN = \"plain\" }\n";
    write(folder.path(), "nil.toml", manifest);
    let refused = nil(&["deploy"]).await.expect(1);
    for part in ["`TOKEN` of `wired-held` is a secret on the server", "there is no environment `wired-nowhere`"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    http.get("/functions/wired-no").await.expect(404);
    let held = http.get("/environments/wired-held").await.expect(200).json();
    assert_eq!((&held["variables"], &held["secrets"][0]["name"]), (&json!({}), &json!("TOKEN")));
}

#[tokio::test]
async fn a_function_and_its_environments_are_stored_in_one_request() {
    let http = http();
    http.put("/environments/wired-one", &json!({ "variables": { "GREETING": "one" } })).await.expect(201);
    http.put("/environments/wired-two", &json!({ "variables": { "GREETING": "two" } })).await.expect(201);
    let examples = json!({ "greets": { "output": "one" } });
    let body = json!({
        "name": "wired-post", "language": "assemblyscript", "source": READER, "settings": { "gate": true },
        "examples": examples, "environments": ["wired-one"],
    });
    http.post("/functions", &body).await.expect(201);
    let function = verdict(&http, "wired-post").await;
    assert_eq!((&function["gate"]["passed"], &function["liveVersion"]), (&json!(true), &json!(1)), "{function:#}");
    assert_eq!(function["environments"], json!(["wired-one"]));

    // A change of both is judged as both: what passed with the one does not with the other.
    let change = json!({ "source": format!("{READER}// 2\n"), "environments": ["wired-one", "Wired-Two"] });
    let changed = http.put("/functions/wired-post", &change).await.expect(200).json();
    assert_eq!(changed["environments"], json!(["wired-one", "wired-two"]));
    let function = verdict(&http, "wired-post").await;
    assert_eq!((&function["gate"]["passed"], &function["liveVersion"]), (&json!(false), &json!(1)), "{function:#}");
    assert_eq!(function["gate"]["examples"][0]["output"], "two", "{function:#}");
    assert_eq!(execute(&http, "wired-post", "{}").await.json()["output"], "two", "it makes no version");

    deploy(&http, "wired-plain", READER).await;
    for wrong in [json!(["wired-nobody"]), json!(["wired-one", "WIRED-one"]), json!(["a b"])] {
        http.put("/functions/wired-plain", &json!({ "environments": wrong })).await.expect(422);
    }
    let unknown = json!({ "name": "wired-not", "language": "assemblyscript", "source": READER, "environments": ["wired-nobody"] });
    http.post("/functions", &unknown).await.expect(422);
    http.get("/functions/wired-not").await.expect(404);
}
