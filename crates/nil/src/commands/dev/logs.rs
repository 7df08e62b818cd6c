//! What functions write while they are being worked on: their newest executions, looked at again and again.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use nil_client::Client;
use nil_core::{ExecutionId, FunctionName, FunctionRef, escape_control};

use crate::commands::logs::log_line;

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Executions of one function in a look.
const NEWEST: u32 = 50;

/// Lines of the executions of some functions.
pub(super) struct Tail {
    client: Client,
    functions: Vec<FunctionName>,
    /// Executions that were shown, or were there before.
    known: HashSet<ExecutionId>,
    lines: VecDeque<String>,
}

impl Tail {
    pub(super) fn new(client: Client) -> Self {
        Self { client, functions: Vec::new(), known: HashSet::new(), lines: VecDeque::new() }
    }

    /// Follows these functions too, from now on. One that does not exist yet has nothing that would be old.
    pub(super) async fn follow(&mut self, functions: impl Iterator<Item = &FunctionName>) {
        for function in functions {
            if !self.functions.contains(function) {
                let former = self.client.executions(&FunctionRef::Name(function.clone()), NEWEST).await;
                self.known.extend(former.unwrap_or_default().iter().map(|execution| execution.id));
                self.functions.push(function.clone());
            }
        }
    }

    /// The next line. May be dropped while it waits; no line is lost.
    pub(super) async fn next(&mut self) -> String {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return line;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            for function in self.functions.clone() {
                self.look(&function).await;
            }
        }
    }

    /// What cannot be read now is read in the next look.
    async fn look(&mut self, function: &FunctionName) {
        let Ok(executions) = self.client.executions(&FunctionRef::Name(function.clone()), NEWEST).await else { return };
        for summary in executions.iter().rev() {
            if self.known.contains(&summary.id) {
                continue;
            }
            let Ok(execution) = self.client.execution(summary.id).await else { return };
            self.known.insert(summary.id);
            let lines = execution.logs.iter().map(|line| format!("{function}  {}", log_line(line, false)));
            self.lines.extend(lines);
            if let Some(error) = &execution.error_message {
                let first = error.lines().next().unwrap_or_default();
                self.lines.push_back(format!("{function}  failed: {}", escape_control(first)));
            }
        }
    }
}
