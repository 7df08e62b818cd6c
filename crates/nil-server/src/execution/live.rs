//! The functions this server can call right now, loaded once and dropped when they change. Which version a call that
//! names one goes to is in `pinned.rs`.

use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::future::Cache;
use nil_core::{
    AliasName, CallTarget, ExecutionLimits, FunctionId, FunctionRef, FunctionStatus, RetryPolicy, VersionChoice,
    VersionId,
};
use nil_runtime::{LiveFunction, LoadError, LoadRequest, PublishLimits, Runtime, Variables};
use nil_store::{EntryValue, LiveVersion, Store, StoreError};
use parking_lot::{Mutex, RwLock};

use super::{admission::FunctionTurns, pinned::Pinned, sampling::Sampling};
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
    /// Those of the function: its versions share them.
    pub(crate) turns: Arc<FunctionTurns>,
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
    /// Its newest version is ready, but did not go live.
    #[error("no version is live")]
    NotLive,
    /// It has no version of this number.
    #[error("there is no version {0}")]
    NoVersion(i32),
    /// The version that was asked for has this state.
    #[error("version {0} is {1}")]
    VersionNotReady(i32, FunctionStatus),
    /// It has no alias of this name.
    #[error("there is no alias {0}")]
    NoAlias(AliasName),
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
    pub(super) store: Store,
    runtime: Runtime,
    config: Arc<ServerConfig>,
    vault: Arc<Vault>,
    pub(super) entries: Cache<FunctionId, Arc<LiveEntry>>,
    pub(super) names: RwLock<HashMap<String, FunctionId>>,
    /// Versions that calls name by number or through an alias.
    pub(super) pinned: Pinned,
    /// The turns of functions that are loaded.
    turns: Mutex<HashMap<FunctionId, Weak<FunctionTurns>>>,
    /// Counts changes heard of; a load that began before a change must not be kept after it.
    pub(super) generation: AtomicU64,
}

/// Memory for loaded functions, in KiB: 10,000 of about 40 KiB, and room for large ones.
const CAPACITY_KIB: u64 = 1024 * 1024;

/// A function nobody calls for this long is dropped; loading it again takes well under a millisecond.
const IDLE: Duration = Duration::from_secs(24 * 3600);

impl LiveCache {
    pub(crate) fn new(store: Store, runtime: Runtime, config: Arc<ServerConfig>, vault: Arc<Vault>) -> Self {
        Self {
            store,
            runtime,
            config,
            vault,
            entries: entries(CAPACITY_KIB),
            names: RwLock::default(),
            pinned: Pinned::new(),
            turns: Mutex::default(),
            generation: AtomicU64::new(0),
        }
    }

    /// What a call is to run, and whether it had to be loaded for this call.
    pub(crate) async fn get(&self, target: &CallTarget) -> Result<(Arc<LiveEntry>, bool), LiveError> {
        match &target.version {
            VersionChoice::Live => self.live(&target.function).await,
            VersionChoice::Number(number) => Box::pin(self.version(&target.function, *number)).await,
            VersionChoice::Alias(alias) => {
                let number = Box::pin(self.behind_alias(&target.function, alias)).await?;
                Box::pin(self.version(&target.function, number)).await
            }
        }
    }

    /// The live entry of a function and whether it had to be loaded for this call.
    pub(crate) async fn live(&self, function: &FunctionRef) -> Result<(Arc<LiveEntry>, bool), LiveError> {
        if let Some(id) = self.known_id(function)
            && let Some(entry) = self.entries.get(&id).await
        {
            return Ok((entry, false));
        }
        Box::pin(self.load(function)).await.map(|entry| (entry, true))
    }

    /// How many functions are loaded, about.
    pub(crate) fn len(&self) -> u64 {
        self.entries.entry_count()
    }

    pub(super) fn known_id(&self, function: &FunctionRef) -> Option<FunctionId> {
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
        match (row.status, row.live_version) {
            (FunctionStatus::Ready, None) => Err(LiveError::NotLive),
            // Built between the two looks: the caller is a moment early.
            (status, _) => Err(LiveError::NotReady(status)),
        }
    }

    pub(super) async fn instantiate(&self, live: LiveVersion) -> Result<Arc<LiveEntry>, LiveError> {
        let (store, version_id) = (self.store.clone(), live.version_id);
        let handle = tokio::runtime::Handle::current();
        let wasm = move || match handle.block_on(store.version_wasm(version_id)) {
            Ok(Some(wasm)) => Ok(wasm),
            Ok(None) => Err("the version was deleted".into()),
            Err(error) => Err(error.into()),
        };
        self.instantiate_from(live, wasm).await
    }

    /// Loads a version whose module comes from `wasm` if there is no native code for it.
    pub(crate) async fn instantiate_from(
        &self,
        live: LiveVersion,
        mut wasm: impl FnMut() -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    ) -> Result<Arc<LiveEntry>, LiveError> {
        let runtime = self.runtime.clone();
        let limits = live.settings.limits(&self.config.limits, &self.config.maxima);
        let retry = live.settings.retry();
        let publish_limits = PublishLimits::new(&self.config.compile_limits, self.config.maxima.memory_bytes);
        let wasm_digest = live.wasm_digest;
        let variables = if live.is_configured { self.variables(live.function_id).await? } else { None };
        let function = tokio::task::spawn_blocking(move || {
            runtime.load(&mut LoadRequest { wasm_digest, wasm: &mut wasm, limits: &publish_limits })
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
            turns: self.turns_of(live.function_id),
            pace: super::lanes::Pace::default(),
            sampling: Sampling::new(live.settings.record_percent),
        }))
    }

    /// However many versions of a function are loaded, it has so many turns.
    fn turns_of(&self, function: FunctionId) -> Arc<FunctionTurns> {
        let mut all = self.turns.lock();
        if let Some(turns) = all.get(&function).and_then(Weak::upgrade) {
            return turns;
        }
        // Those of functions that nobody calls any more; looked for where loading a function dwarfs it.
        all.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(FunctionTurns::new(self.config.max_function_concurrency));
        all.insert(function, Arc::downgrade(&turns));
        turns
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
        self.pinned.forget(id).await;
        if self.entries.remove(&id).await.is_some()
            && let Err(error) = self.load(&FunctionRef::Id(id)).await
        {
            tracing::warn!(function = %id, %error, "could not warm the function");
        }
    }

    /// Follows a change of a function: what is loaded stays if it is still the live version. Whether another version is
    /// live now, which [`Self::warm`] loads before anybody asks for it.
    pub(crate) async fn changed(&self, id: FunctionId) -> bool {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.names.write().retain(|_, known| *known != id);
        self.pinned.forget(id).await;
        let live = self.store.live_version(&FunctionRef::Id(id)).await;
        if let (Ok(Some(live)), Some(entry)) = (&live, self.entries.get(&id).await)
            && live.version_id == entry.version_id
        {
            self.names.write().insert(live.name.key(), id);
            return false;
        }
        self.entries.invalidate(&id).await;
        matches!(live, Ok(Some(_)))
    }

    /// Loads the live version if it is not loaded.
    pub(crate) async fn warm(&self, id: FunctionId) {
        if let Err(error) = self.load(&FunctionRef::Id(id)).await {
            tracing::warn!(function = %id, %error, "could not warm the function");
        }
    }

    /// Somebody was shown that this version is live: no call after that may run another one.
    pub(crate) async fn observed(&self, id: FunctionId, live_version: Option<i32>) {
        if let (Some(shown), Some(entry)) = (live_version, self.entries.get(&id).await)
            && entry.version != shown
        {
            self.generation.fetch_add(1, Ordering::AcqRel);
            self.entries.invalidate(&id).await;
        }
    }

    /// Forgets everything: notifications may have been missed.
    pub(crate) fn everything_changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.entries.invalidate_all();
        self.pinned.forget_all();
        self.names.write().clear();
    }
}

/// A cache of loaded versions, bounded by their memory.
pub(super) fn entries<Key: std::hash::Hash + Eq + Send + Sync + 'static>(
    capacity_kib: u64,
) -> Cache<Key, Arc<LiveEntry>> {
    Cache::builder()
        .max_capacity(capacity_kib)
        .weigher(|_, entry: &Arc<LiveEntry>| {
            u32::try_from(entry.function.resident_bytes() / 1024).unwrap_or(u32::MAX).max(1)
        })
        .time_to_idle(IDLE)
        .build()
}
