//! From what happened to what listeners hear: here at once, at other servers in batches.

use std::{
    collections::HashMap,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use chrono::{SubsecRound as _, Utc};
use nil_api::{ExecutionEvent, FunctionEvent, FunctionEventStatus};
use nil_core::{FunctionId, FunctionName, FunctionRef};
use nil_store::{EventSignal, ExecutionNews};
use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_util::sync::CancellationToken;

use super::hub::{Events, Heard};
use crate::app::App;

/// How long news for other servers are gathered.
const GATHER: Duration = Duration::from_millis(100);

/// News told to other servers in that time at the most, so that a busy server costs the database ten statements a
/// second and no more. Listeners of that server itself hear everything.
const TOLD_AT_ONCE: usize = 400;

/// How often a server with listeners says so.
const WANT: Duration = Duration::from_secs(5);

/// How long the others believe it.
const BELIEVED: Duration = Duration::from_secs(15);

/// Names kept at the most; a name that is not kept is asked for.
const NAMES: usize = 10_000;

/// Events taken in one go.
const BATCH: usize = 256;

/// Tells what happens until `stop`; then every stream ends.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let events = app.events().clone();
    let Some(happened) = events.inner.to_relay.lock().take() else { return };
    let relay = Relay {
        app: app.clone(),
        events: events.clone(),
        names: HashMap::new(),
        gathered: Vec::new(),
        untold: 0,
        wanted_elsewhere_until: None,
        wants_again_at: Instant::now(),
    };
    let (send, signals) = mpsc::channel(64);
    tokio::select! {
        () = relay.run(happened, signals) => {}
        () = listen(&app, send) => {}
        () = stop.cancelled() => {}
    }
    events.inner.closing.cancel();
}

async fn listen(app: &App, signals: mpsc::Sender<EventSignal>) {
    let mut listener = app.store().event_signals();
    while signals.send(listener.next().await).await.is_ok() {}
}

struct Relay {
    app: App,
    events: Events,
    names: HashMap<FunctionId, FunctionName>,
    /// For other servers.
    gathered: Vec<ExecutionNews>,
    /// What other servers cannot be told.
    untold: u64,
    wanted_elsewhere_until: Option<Instant>,
    wants_again_at: Instant,
}

impl Relay {
    async fn run(mut self, mut happened: mpsc::Receiver<ExecutionNews>, mut signals: mpsc::Receiver<EventSignal>) {
        let mut changes = self.app.changes().subscribe();
        let mut batch = Vec::with_capacity(BATCH);
        let mut round = tokio::time::interval(GATHER);
        round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                taken = happened.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        return;
                    }
                    self.happened_here(std::mem::take(&mut batch)).await;
                }
                Some(signal) = signals.recv() => self.heard(signal).await,
                change = changes.recv() => match change {
                    Ok(Some(function)) => self.changed(function).await,
                    Ok(None) => self.events.tell(Heard::Lagged(0)),
                    Err(RecvError::Lagged(missed)) => self.events.tell(Heard::Lagged(missed)),
                    Err(RecvError::Closed) => return,
                },
                () = self.events.inner.subscribed.notified() => self.want().await,
                // Without listeners there is nothing to do in a round.
                _ = round.tick(), if self.events.inner.wanted.load(Ordering::Relaxed) => self.round().await,
            }
        }
    }

    fn has_listeners(&self) -> bool {
        self.events.inner.heard.receiver_count() > 0
    }

    fn is_wanted_elsewhere(&self) -> bool {
        self.wanted_elsewhere_until.is_some_and(|until| until > Instant::now())
    }

    async fn happened_here(&mut self, news: Vec<ExecutionNews>) {
        if self.is_wanted_elsewhere() {
            let room = TOLD_AT_ONCE.saturating_sub(self.gathered.len());
            self.gathered.extend(news.iter().take(room).cloned());
            self.untold += news.len().saturating_sub(room) as u64;
        }
        self.tell(news).await;
    }

    async fn heard(&mut self, signal: EventSignal) {
        let own = self.events.inner.server;
        match signal {
            EventSignal::Wanted { server } if server != own => {
                self.wanted_elsewhere_until = Some(Instant::now() + BELIEVED);
                self.events.inner.wanted.store(true, Ordering::Relaxed);
            }
            EventSignal::News { server, news, missed } if server != own => {
                self.tell(news).await;
                if missed > 0 {
                    self.events.tell(Heard::Lagged(missed));
                }
            }
            EventSignal::Everything => {
                self.events.tell(Heard::Lagged(0));
                // Others may not have heard that somebody listens here.
                self.wants_again_at = Instant::now();
            }
            EventSignal::Wanted { .. } | EventSignal::News { .. } => {}
        }
    }

    /// Tells the listeners here.
    async fn tell(&mut self, news: Vec<ExecutionNews>) {
        if !self.has_listeners() {
            return;
        }
        self.learn_names(&news).await;
        for news in news {
            let event = ExecutionEvent {
                execution_id: news.id,
                function_id: news.function_id,
                function_name: self.names.get(&news.function_id).cloned(),
                status: news.status,
                mode: news.mode,
                version: news.version,
                duration_us: news.duration_us,
                error_kind: news.error_kind,
                at: news.at,
            };
            self.events.tell(Heard::Execution { event: event.into(), has_logs: news.has_logs });
        }
    }

    async fn learn_names(&mut self, news: &[ExecutionNews]) {
        let unknown = |id: &FunctionId| !self.names.contains_key(id);
        let mut missing: Vec<FunctionId> = news.iter().map(|news| news.function_id).filter(unknown).collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return;
        }
        if self.names.len() > NAMES {
            self.names.clear();
        }
        // Without a database there are no names; there will hardly be events either.
        if let Ok(names) = self.app.store().function_names(&missing).await {
            self.names.extend(names);
        }
    }

    async fn changed(&mut self, id: FunctionId) {
        let known = self.names.remove(&id);
        if !self.has_listeners() {
            return;
        }
        let event = match self.app.store().function(&FunctionRef::Id(id)).await {
            Ok(Some(row)) => {
                self.names.insert(id, row.name.clone());
                FunctionEvent {
                    function_id: id,
                    name: Some(row.name),
                    status: row.status.into(),
                    version: Some(row.version),
                    live: row.live_version,
                    at: row.updated_at,
                }
            }
            Ok(None) => FunctionEvent {
                function_id: id,
                name: known,
                status: FunctionEventStatus::Deleted,
                version: None,
                live: None,
                at: Utc::now().trunc_subsecs(6),
            },
            Err(_) => return self.events.tell(Heard::Lagged(1)),
        };
        self.events.tell(Heard::Function(event.into()));
    }

    /// Says that somebody listens here.
    async fn want(&mut self) {
        self.wants_again_at = Instant::now() + WANT;
        if let Err(error) = self.app.store().want_events(self.events.inner.server).await {
            tracing::debug!(%error, "could not ask other servers for their events");
        }
    }

    async fn round(&mut self) {
        let missed = self.events.inner.missed.swap(0, Ordering::Relaxed);
        if missed > 0 {
            self.events.tell(Heard::Lagged(missed));
            self.untold += missed;
        }
        if self.has_listeners() && Instant::now() >= self.wants_again_at {
            self.want().await;
        }
        let (gathered, untold) = (std::mem::take(&mut self.gathered), std::mem::take(&mut self.untold));
        if self.is_wanted_elsewhere() && (!gathered.is_empty() || untold > 0) {
            // Best effort: what cannot be told now is old later.
            if let Err(error) = self.app.store().tell_events(self.events.inner.server, &gathered, untold).await {
                tracing::debug!(%error, "could not tell other servers what happened");
            }
        }
        if !self.has_listeners() && !self.is_wanted_elsewhere() {
            self.events.inner.wanted.store(false, Ordering::Relaxed);
            // Somebody may have come in between.
            if self.has_listeners() {
                self.events.inner.wanted.store(true, Ordering::Relaxed);
            }
        }
    }
}
