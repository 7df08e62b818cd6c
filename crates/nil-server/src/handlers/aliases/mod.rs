//! `/functions/{id}/aliases`: names for versions and their shares of the calls.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;

use nil_api::{Alias, AliasTarget};
use nil_store::AliasRow;

fn present(row: AliasRow) -> Alias {
    Alias {
        name: row.name.to_string(),
        targets: row.targets.into_iter().map(|(version, weight)| AliasTarget { version, weight }).collect(),
        updated_at: row.updated_at,
    }
}
