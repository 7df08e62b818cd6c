//! The store on a real PostgreSQL, a fresh database a test.

mod environments;
mod executions;
mod functions;
mod idempotency;
mod partitions;
mod queue;
mod queue_samples;
mod schedules;
mod schema;
mod spilled;
mod stats;
mod upgrade;
mod versions;

use std::time::Duration;

use nil_core::{CompileLimits, FunctionName, FunctionSettings, Language, SourceFiles};
use nil_store::{Builders, ConnectOptions, FunctionRow, NewFunction, Store, VersionArtifact};
use nil_test::TestDatabase;

/// Long enough that no lease of a test ends by itself.
const LONG: Duration = Duration::from_secs(60);

/// A migrated store; the database goes with the first field.
struct Fixture {
    database: TestDatabase,
    store: Store,
}

impl Fixture {
    async fn new() -> Self {
        let database = TestDatabase::fresh().await;
        let store = Store::open(&ConnectOptions::new(database.url())).expect("the URL can be read");
        store.migrate().await.expect("a fresh database can be migrated");
        Self { database, store }
    }

    async fn function(&self, name: &str) -> FunctionRow {
        self.store.create_function(&new(name), &CompileLimits::default()).await.expect("a free name can be created")
    }
}

fn new(name: &str) -> NewFunction {
    NewFunction {
        name: name.parse::<FunctionName>().expect("a slug"),
        description: Some("for tests".to_owned()),
        language: Language::AssemblyScript,
        source: "export function one(): i32 { return 1; }".to_owned(),
        files: SourceFiles::default(),
        module: None,
        settings: FunctionSettings::default(),
        examples: Vec::new(),
        environments: Vec::new(),
        builders: Builders::new(),
    }
}

fn artifact() -> VersionArtifact {
    VersionArtifact {
        wasm: b"\0asm\x01\0\0\0".to_vec(),
        wasm_digest: [7; 32],
        abi_json: r#"{"abi":"scalar"}"#.to_owned(),
        diagnostics_json: "[]".to_owned(),
        toolchain: Some("assemblyscript 0".to_owned()),
        builder: b"assemblyscript 0".to_vec(),
        build_notes_json: "{}".to_owned(),
    }
}
