//! Brings the schedules of a function onto the server, behind the version they are meant for.

use nil_api::ProblemKind;
use nil_client::{Client, ClientError};
use nil_core::{FileChange, FunctionRef};

use super::wish::ScheduleWish;
use crate::commands::project::ScheduleChange;

/// Makes, changes and removes schedules.
///
/// # Errors
/// [`ClientError`]; some may have been changed then.
pub(super) async fn apply(
    client: &Client,
    function: &FunctionRef,
    wanted: &[ScheduleWish],
    changes: &[ScheduleChange],
) -> Result<(), ClientError> {
    // Those that go make room for those that come.
    for change in changes.iter().filter(|change| change.status == FileChange::Removed) {
        match client.delete_schedule(function, &change.name).await {
            Err(error) if error.problem_kind() == Some(ProblemKind::NotFound) => {}
            deleted => deleted?,
        }
    }
    let differs = |wish: &&ScheduleWish| {
        changes.iter().any(|change| change.name == wish.name && change.status != FileChange::Removed)
    };
    for wish in wanted.iter().filter(differs) {
        client.put_schedule(function, &wish.name, &wish.body()).await?;
    }
    Ok(())
}
