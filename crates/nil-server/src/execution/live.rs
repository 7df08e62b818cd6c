//! The functions this server can call right now, loaded once and dropped when they change.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::future::Cache;
use nil_core::{ExecutionLimits, FunctionId, FunctionRef, FunctionStatus, RetryPolicy, VersionId};
use nil_runtime::{LiveFunction, LoadError, LoadRequest, PublishLimits, Runtime, Variables};
use nil_store::{EntryValue, LiveVersion, Store, StoreError};
use parking_lot::RwLock;

use super::{admission::FunctionTurns, sampling::Sampling};
use crate::{config::ServerConfig, secrets::Vault};

/// A loaded function with everything a call needs.
#[derive(Debug)]
pub(crate) struct LiveEntry {
    pub(crate) function_id: FunctionId,
    pub(crate) version_id: VersionId,
    pub(crate) version: i32,
    pub(crate) function: Arc<LiveFunction>,
    pub(crate) limits: ExecutionLimits,
    /// What it is configured with; `None` for nothing.
    pub(crate) variables: Option<Arc<Variables>>,
    pub(crate) retry: RetryPolicy,
    pub(crate) turns: FunctionTurns,
    pub(crate) pace: super::lanes::Pace,
    /// Which of its calls through its own URL are recorded.
    pub(crate) sampling: Sampling,
}

/// Why a function cannot be called.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum LiveError {
    /// No such function.
    #[error("there is no such function")]
    NotFound,
    /// None of its versions is ready; its newest has this state.
    #[error("the function is {0}")]
    NotReady(FunctionStatus),
    /// The database could not be asked.
    #[error("{0}")]
    Store(Arc<StoreError>),
    /// The module could not be loaded: a fault of this machine, since it was validated when it was published.
    #[error("failed to load the function: {0}")]
    Load(Arc<LoadError>),
    /// One of its secrets cannot be opened with this server's keys.
    #[error("{0}")]
    Secret(Arc<str>),
}

/// Loaded functions by id, and names by what they stand for.
pub(crate) struct LiveCache {
    store: Store,
    runtime: Runtime,
    config: Arc<ServerConfig>,
    vault: Arc<Vault>,
    entries: Cache<FunctionId, Arc<LiveEntry>>,
    names: RwLock<HashMap<String, FunctionId>>,
    /// Counts changes heard of; a load that began before a change must not be kept after it.
    generation: AtomicU64,
}

/// Memory for loaded functions, in KiB: 10,000 of about 40 KiB, and room for large ones.
const CAPACITY_KIB: u64 = 1024 * 1024;

/// A function nobody calls for this long is dropped; loading it again takes well under a millisecond.
const IDLE: Duration = Duration::from_secs(24 * 3600);

impl LiveCache {
    pub(crate) fn new(store: Store, runtime: Runtime, config: Arc<ServerConfig>, vault: Arc<Vault>) -> Self {
        let entries = Cache::builder()
            .max_capacity(CAPACITY_KIB)
            .weigher(|_, entry: &Arc<LiveEntry>| {
                u32::try_from(entry.function.resident_bytes() / 1024).unwrap_or(u32::MAX).max(1)
            })
            .time_to_idle(IDLE)
            .build();
        Self { store, runtime, config, vault, entries, names: RwLock::default(), generation: AtomicU64::new(0) }
    }

    /// The live entry of a function and whether it had to be loaded for this call.
    pub(crate) async fn get(&self, function: &FunctionRef) -> Result<(Arc<LiveEntry>, bool), LiveError> {
        if let Some(id) = self.known_id(function)
            && let Some(entry) = self.entries.get(&id).await
        {
            return Ok((entry, false));
        }
        self.load(function).await.map(|entry| (entry, true))
    }

    /// How many functions are loaded, about.
    pub(crate) fn len(&self) -> u64 {
        self.entries.entry_count()
    }

    fn known_id(&self, function: &FunctionRef) -> Option<FunctionId> {
        match function {
            FunctionRef::Id(id) => Some(*id),
            FunctionRef::Name(name) => self.names.read().get(&name.key()).copied(),
        }
    }

    /// Loads the live version, once however many callers wait for it.
    async fn load(&self, function: &FunctionRef) -> Result<Arc<LiveEntry>, LiveError> {
        loop {
            let before = self.generation.load(Ordering::Acquire);
            let live = self.live_version(function).await?;
            let (id, name) = (live.function_id, live.name.key());
            let entry = self
                .entries
                .try_get_with(id, self.instantiate(live))
                .await
                .map_err(|error| LiveError::clone(&error))?;
            self.names.write().insert(name, id);
            if self.generation.load(Ordering::Acquire) == before {
                return Ok(entry);
            }
            // Something changed while this was loading, perhaps this function: look again.
            self.entries.invalidate(&id).await;
        }
    }

    async fn live_version(&self, function: &FunctionRef) -> Result<LiveVersion, LiveError> {
        let failed = |error| LiveError::Store(Arc::new(error));
        if let Some(live) = self.store.live_version(function).await.map_err(failed)? {
            return Ok(live);
        }
        let row = self.store.function(function).await.map_err(failed)?.ok_or(LiveError::NotFound)?;
        // Built between the two looks: the caller is a moment early.
        Err(LiveError::NotReady(row.status))
    }

    async fn instantiate(&self, live: LiveVersion) -> Result<Arc<LiveEntry>, LiveError> {
        let (runtime, store) = (self.runtime.clone(), self.store.clone());
        let limits = live.settings.limits(&self.config.limits, &self.config.maxima);
        let retry = live.settings.retry();
        let publish_limits = PublishLimits::new(&self.config.compile_limits, self.config.maxima.memory_bytes);
        let (version_id, wasm_digest) = (live.version_id, live.wasm_digest);
        let variables = self.variables(live.function_id).await?;
        let handle = tokio::runtime::Handle::current();
        let function = tokio::task::spawn_blocking(move || {
            runtime.load(&mut LoadRequest {
                wasm_digest,
                wasm: &mut || match handle.block_on(store.version_wasm(version_id)) {
                    Ok(Some(wasm)) => Ok(wasm),
                    Ok(None) => Err("the version was deleted".into()),
                    Err(error) => Err(error.into()),
                },
                limits: &publish_limits,
            })
        })
        .await
        .map_err(|error| LiveError::Load(Arc::new(LoadError::Fetch(error.into()))))?
        .map_err(|error| LiveError::Load(Arc::new(error)))?;
        Ok(Arc::new(LiveEntry {
            function_id: live.function_id,
            version_id: live.version_id,
            version: live.number,
            function,
            limits,
            variables,
            retry,
            turns: FunctionTurns::new(self.config.max_function_concurrency),
            pace: super::lanes::Pace::default(),
            sampling: Sampling::new(live.settings.record_percent),
        }))
    }

    /// What a function is configured with, opened.
    async fn variables(&self, id: FunctionId) -> Result<Option<Arc<Variables>>, LiveError> {
        let entries = self.store.configuration(id).await.map_err(|error| LiveError::Store(Arc::new(error)))?;
        let opened = entries.into_iter().map(|entry| match entry.value {
            EntryValue::Variable(value) => Ok((entry.name, value)),
            EntryValue::Secret(secret) => match self.vault.open(entry.environment_id.0, &entry.name, &secret) {
                Ok(value) => Ok((entry.name, value)),
                Err(error) => Err(LiveError::Secret(
                    format!("the secret `{}` of `{}` cannot be opened: {error}", entry.name, entry.environment).into(),
                )),
            },
        });
        let opened = opened.collect::<Result<Vec<_>, _>>()?;
        Ok((!opened.is_empty()).then(|| Arc::new(Variables::new(opened))))
    }

    /// What a function is configured with changed: it is loaded anew before anybody asks for it, if it was.
    pub(crate) async fn reconfigured(&self, id: FunctionId) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        if self.entries.remove(&id).await.is_some()
            && let Err(error) = self.load(&FunctionRef::Id(id)).await
        {
            tracing::warn!(function = %id, %error, "could not warm the function");
        }
    }

    /// Follows a change of a function: what is loaded stays if it is still the live version, otherwise the
    /// new one is loaded before anybody asks for it.
    pub(crate) async fn changed(&self, id: FunctionId) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.names.write().retain(|_, known| *known != id);
        let live = self.store.live_version(&FunctionRef::Id(id)).await;
        if let (Ok(Some(live)), Some(entry)) = (&live, self.entries.get(&id).await)
            && live.version_id == entry.version_id
        {
            self.names.write().insert(live.name.key(), id);
            return;
        }
        self.entries.invalidate(&id).await;
        if let Ok(Some(_)) = live
            && let Err(error) = self.load(&FunctionRef::Id(id)).await
        {
            tracing::warn!(function = %id, %error, "could not warm the function");
        }
    }

    /// Somebody was shown that this version is live: no call after that may run an older one.
    pub(crate) async fn observed(&self, id: FunctionId, live_version: Option<i32>) {
        if let (Some(shown), Some(entry)) = (live_version, self.entries.get(&id).await)
            && entry.version < shown
        {
            self.generation.fetch_add(1, Ordering::AcqRel);
            self.entries.invalidate(&id).await;
        }
    }

    /// Forgets everything: notifications may have been missed.
    pub(crate) fn everything_changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.entries.invalidate_all();
        self.names.write().clear();
    }
}
