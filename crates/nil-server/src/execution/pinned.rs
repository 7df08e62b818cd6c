//! Calls that name a version: by its number, or through an alias that shares them out by weight.
//!
//! Both are answered from memory: loaded versions by function and number, and the aliases of a function as one table. A
//! notification drops what is known of the function, as with what is live.

use std::sync::{Arc, atomic::Ordering};

use moka::future::Cache;
use nil_core::{AliasName, FunctionId, FunctionRef};
use nil_store::StoreError;

use super::live::{LiveCache, LiveEntry, LiveError, entries};

/// Memory for versions that are not live, in KiB.
const CAPACITY_KIB: u64 = 256 * 1024;

/// Functions whose aliases are kept.
const TABLES: u64 = 10_000;

/// What is known beside the live versions.
pub(super) struct Pinned {
    versions: Cache<(FunctionId, i32), Arc<LiveEntry>>,
    aliases: Cache<FunctionId, Arc<Vec<Split>>>,
}

impl Pinned {
    pub(super) fn new() -> Self {
        Self { versions: entries(CAPACITY_KIB), aliases: Cache::new(TABLES) }
    }

    pub(super) async fn forget(&self, id: FunctionId) {
        self.aliases.invalidate(&id).await;
        let versions: Vec<_> = self.versions.iter().map(|(key, _)| *key).filter(|(owner, _)| *owner == id).collect();
        for key in versions {
            self.versions.invalidate(&key).await;
        }
    }

    pub(super) fn forget_all(&self) {
        self.aliases.invalidate_all();
        self.versions.invalidate_all();
    }
}

impl LiveCache {
    /// A version by its number, and whether it had to be loaded for this call.
    pub(crate) async fn version(
        &self,
        function: &FunctionRef,
        number: i32,
    ) -> Result<(Arc<LiveEntry>, bool), LiveError> {
        if let Some(id) = self.known_id(function) {
            if let Some(entry) = self.entries.get(&id).await.filter(|entry| entry.version == number) {
                return Ok((entry, false));
            }
            if let Some(entry) = self.pinned.versions.get(&(id, number)).await {
                return Ok((entry, false));
            }
        }
        loop {
            let before = self.generation.load(Ordering::Acquire);
            let Some(version) = self.store.ready_version(function, number).await.map_err(failed)? else {
                return Err(self.why_not(function, number).await);
            };
            let (key, name) = ((version.function_id, number), version.name.key());
            let entry = self
                .pinned
                .versions
                .try_get_with(key, self.instantiate(version))
                .await
                .map_err(|error| LiveError::clone(&error))?;
            self.names.write().insert(name, key.0);
            if self.generation.load(Ordering::Acquire) == before {
                return Ok((entry, true));
            }
            // Something changed while this was loading, perhaps this function: look again.
            self.pinned.versions.invalidate(&key).await;
        }
    }

    async fn why_not(&self, function: &FunctionRef, number: i32) -> LiveError {
        match self.store.version(function, number).await {
            Ok(Some(version)) => LiveError::VersionNotReady(number, version.entry.status),
            Ok(None) => match self.store.function(function).await {
                Ok(Some(_)) => LiveError::NoVersion(number),
                Ok(None) => LiveError::NotFound,
                Err(error) => failed(error),
            },
            Err(error) => failed(error),
        }
    }

    /// The version that a call through an alias runs: another one each time, by the weights.
    pub(super) async fn behind_alias(&self, function: &FunctionRef, alias: &AliasName) -> Result<i32, LiveError> {
        let table = match self.known_id(function) {
            Some(id) => self.pinned.aliases.get(&id).await,
            None => None,
        };
        let table = match table {
            Some(table) => table,
            None => self.load_aliases(function).await?,
        };
        let split = table.iter().find(|split| split.alias == *alias);
        split.map(|split| split.pick(rand::random())).ok_or_else(|| LiveError::NoAlias(alias.clone()))
    }

    async fn load_aliases(&self, function: &FunctionRef) -> Result<Arc<Vec<Split>>, LiveError> {
        loop {
            let before = self.generation.load(Ordering::Acquire);
            let table = self.store.aliases(function).await.map_err(failed)?.ok_or(LiveError::NotFound)?;
            let id = table.function_id;
            let splits = table.aliases.into_iter().map(|row| Split::new(row.name, &row.targets)).collect();
            let splits = Arc::new(splits);
            self.pinned.aliases.insert(id, Arc::clone(&splits)).await;
            self.names.write().insert(table.name.key(), id);
            if self.generation.load(Ordering::Acquire) == before {
                return Ok(splits);
            }
            self.pinned.aliases.invalidate(&id).await;
        }
    }
}

fn failed(error: StoreError) -> LiveError {
    LiveError::Store(Arc::new(error))
}

/// Where an alias points.
#[derive(Debug)]
struct Split {
    alias: AliasName,
    /// Versions, and the sum of the weights up to and with each.
    targets: Vec<(i32, u32)>,
}

impl Split {
    fn new(alias: AliasName, targets: &[(i32, i32)]) -> Self {
        let mut sum = 0;
        let add = |&(number, weight): &(i32, i32)| {
            sum += weight.unsigned_abs();
            (number, sum)
        };
        Self { alias, targets: targets.iter().map(add).collect() }
    }

    /// The version for `chance`, which is evenly spread.
    fn pick(&self, chance: u32) -> i32 {
        let sum = self.targets.last().map_or(1, |(_, sum)| *sum);
        // Scaled instead of a remainder, which would favour the first.
        let at = ((u64::from(chance) * u64::from(sum)) >> u32::BITS) as u32;
        self.targets.iter().find(|(_, up_to)| at < *up_to).map_or(0, |(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_shared_out_by_weight() {
        let split = Split::new("canary".parse().expect("an alias"), &[(3, 90), (4, 10)]);
        let picks = (0..1_000_u32).map(|step| split.pick(step * (u32::MAX / 1_000)));
        let new = picks.filter(|number| *number == 4).count();
        assert!((99..=101).contains(&new), "{new}");
        assert_eq!((split.pick(0), split.pick(u32::MAX)), (3, 4));
        let only = Split::new("stable".parse().expect("an alias"), &[(7, 1)]);
        assert_eq!((only.pick(0), only.pick(u32::MAX)), (7, 7));
    }
}
