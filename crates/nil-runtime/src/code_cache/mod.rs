//! Native code on the local disk, authenticated before it is ever loaded.
//!
//! An entry is keyed by what it was made from and for (module, engine, target, settings) and carries a keyed
//! MAC whose key is outside the database. Whatever fails that check (flipped, truncated, swapped, foreign) is
//! discarded and rebuilt from the module. Sharing sealed entries between servers is the server's business.

mod directory;
mod key;
mod metadata;
mod seal;
mod secret;
mod sparse;
#[cfg(test)]
mod tests;

pub(crate) use directory::CodeCache;
pub use directory::CodeCacheStats;
pub(crate) use key::EntryKey;
pub(crate) use metadata::CodeMetadata;
