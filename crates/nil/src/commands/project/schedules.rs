//! What a deploy would change of a function's schedules.

use nil_api::Schedule;
use nil_core::{FileChange, ScheduleName, SettingDiff, same_json};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::commands::deploy::ScheduleWish;

/// A schedule that differs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands) struct ScheduleChange {
    /// Its name.
    pub(in crate::commands) name: ScheduleName,
    /// What happens to it.
    pub(in crate::commands) status: FileChange,
    /// Of one that is changed, what differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::commands) fields: Vec<SettingDiff>,
}

/// What differs between the schedules there are to be and those there are.
pub(super) fn changes(wanted: &[ScheduleWish], there: &[Schedule]) -> Vec<ScheduleChange> {
    let mut changes = Vec::new();
    for wish in wanted {
        let (status, fields) = match there.iter().find(|schedule| schedule.name.key() == wish.name.key()) {
            None => (FileChange::Added, Vec::new()),
            Some(schedule) => (FileChange::Changed, fields(schedule, wish)),
        };
        if status == FileChange::Added || !fields.is_empty() {
            changes.push(ScheduleChange { name: wish.name.clone(), status, fields });
        }
    }
    for gone in there.iter().filter(|there| !wanted.iter().any(|wish| wish.name.key() == there.name.key())) {
        changes.push(ScheduleChange { name: gone.name.clone(), status: FileChange::Removed, fields: Vec::new() });
    }
    changes
}

fn fields(before: &Schedule, wish: &ScheduleWish) -> Vec<SettingDiff> {
    let pairs = [
        ("cron", json!(before.cron), json!(wish.cron)),
        ("everyMs", json!(before.every_ms), json!(wish.every_ms)),
        ("timeZone", json!(before.time_zone), json!(wish.time_zone)),
        ("catchUp", json!(before.catch_up), json!(wish.catch_up)),
        ("paused", json!(before.paused), json!(wish.paused)),
    ];
    let differ = pairs.into_iter().filter(|(_, from, to)| from != to);
    let mut fields: Vec<_> = differ.map(|(name, from, to)| SettingDiff { name: name.to_owned(), from, to }).collect();
    if !same_json(before.input.get(), wish.input.get()) {
        let (from, to) = (value(&before.input), value(&wish.input));
        fields.push(SettingDiff { name: "input".to_owned(), from, to });
    }
    fields
}

fn value(json: &RawValue) -> Value {
    serde_json::from_str(json.get()).unwrap_or_default()
}
