//! What functions write while they are being worked on: the server's events tell which execution is over, its record what
//! it wrote.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use nil_api::{Event, ProblemKind};
use nil_client::{Client, ClientError};
use nil_core::{ExecutionId, FunctionName, FunctionRef, escape_control};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinSet,
};

use crate::commands::logs::log_line;

/// Pause before a broken stream is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// Executions of one function that are looked at where events may be missing.
const NEWEST: u32 = 50;

/// Lines of the executions of some functions.
pub(super) struct Tail {
    client: Client,
    followed: Arc<Mutex<Followed>>,
    lines: UnboundedReceiver<String>,
    /// Ends with this.
    _listener: JoinSet<()>,
}

#[derive(Default)]
struct Followed {
    functions: Vec<FunctionName>,
    /// Executions that were shown, or were over before.
    known: HashSet<ExecutionId>,
}

impl Tail {
    /// Listens from now on; lines wait until they are asked for.
    pub(super) fn start(client: Client) -> Self {
        let (sender, lines) = mpsc::unbounded_channel();
        let listener = Listener { client: client.clone(), followed: Arc::default(), lines: sender };
        let followed = Arc::clone(&listener.followed);
        let mut tasks = JoinSet::new();
        tasks.spawn(listener.run());
        Self { client, followed, lines, _listener: tasks }
    }

    /// Follows these functions too, from now on. One that does not exist yet has nothing that would be old.
    pub(super) async fn follow(&mut self, functions: impl Iterator<Item = &FunctionName>) {
        for function in functions {
            if !lock(&self.followed).functions.contains(function) {
                let former = self.client.executions(&FunctionRef::Name(function.clone()), NEWEST).await;
                let over = former.unwrap_or_default().into_iter().filter(|execution| execution.status.is_terminal());
                let mut followed = lock(&self.followed);
                followed.known.extend(over.map(|execution| execution.id));
                followed.functions.push(function.clone());
            }
        }
    }

    /// The next line. May be dropped while it waits; no line is lost.
    pub(super) async fn next(&mut self) -> String {
        match self.lines.recv().await {
            Some(line) => line,
            None => std::future::pending().await,
        }
    }
}

fn lock(followed: &Mutex<Followed>) -> MutexGuard<'_, Followed> {
    followed.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Listener {
    client: Client,
    followed: Arc<Mutex<Followed>>,
    lines: UnboundedSender<String>,
}

impl Listener {
    async fn run(self) {
        // An outage is told once, however long it takes.
        let mut told = false;
        loop {
            let ended = self.listen(&mut told).await;
            if !std::mem::replace(&mut told, true) {
                let why =
                    ended.err().map_or_else(|| "the server ended the stream".to_owned(), |error| error.to_string());
                self.say(format!("logs: {why}; trying again"));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn listen(&self, told: &mut bool) -> Result<(), ClientError> {
        let mut events = self.client.events(None).await?;
        *told = false;
        self.look_back().await?;
        while let Some(event) = events.next().await? {
            match event {
                Event::Execution(event) if event.status.is_terminal() => {
                    if let Some(function) = event.function_name.as_ref().and_then(|name| self.followed(name)) {
                        self.show(&function, event.execution_id).await?;
                    }
                }
                Event::Lagged(_) => self.look_back().await?,
                Event::Execution(_) | Event::Function(_) => {}
            }
        }
        Ok(())
    }

    /// The followed function of this name, as the person wrote it.
    fn followed(&self, name: &FunctionName) -> Option<FunctionName> {
        lock(&self.followed).functions.iter().find(|function| function.key() == name.key()).cloned()
    }

    /// What ended while nobody listened.
    async fn look_back(&self) -> Result<(), ClientError> {
        let functions = lock(&self.followed).functions.clone();
        for function in functions {
            let newest = match self.client.executions(&FunctionRef::Name(function.clone()), NEWEST).await {
                Ok(newest) => newest,
                Err(error) if is_gone(&error) => continue,
                Err(error) => return Err(error),
            };
            for execution in newest.iter().rev().filter(|execution| execution.status.is_terminal()) {
                self.show(&function, execution.id).await?;
            }
        }
        Ok(())
    }

    async fn show(&self, function: &FunctionName, id: ExecutionId) -> Result<(), ClientError> {
        if lock(&self.followed).known.contains(&id) {
            return Ok(());
        }
        let execution = match self.client.execution(id).await {
            Ok(execution) => execution,
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        lock(&self.followed).known.insert(id);
        for line in &execution.logs {
            self.say(format!("{function}  {}", log_line(line, false)));
        }
        if let Some(error) = &execution.error_message {
            let first = error.lines().next().unwrap_or_default();
            self.say(format!("{function}  failed: {}", escape_control(first)));
        }
        Ok(())
    }

    fn say(&self, line: String) {
        // Nobody listens any more when the command ends.
        let _ = self.lines.send(line);
    }
}

fn is_gone(error: &ClientError) -> bool {
    error.problem_kind() == Some(ProblemKind::NotFound)
}
