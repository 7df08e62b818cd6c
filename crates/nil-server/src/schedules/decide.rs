//! Which ticks of a due schedule become executions.

use chrono::{DateTime, TimeDelta, Utc};
use nil_core::{CatchUp, ExecutionId, ExecutionMode, ScheduleId};
use nil_store::{DueSchedule, Fired, NewQueued};
use sha2::{Digest as _, Sha256};
use uuid::Builder;

use super::Timing;

/// Older ticks were missed: no server ran. Servers look within a second; this leaves room for busy ones.
const MISSED_AFTER: TimeDelta = TimeDelta::seconds(30);

/// Missed ticks that are caught up with at the most.
const MOST: usize = 100;

/// Ticks that may be on time at once: one a second.
const FRESH: usize = 31;

/// What becomes of `due` at `now`.
pub(super) fn decide(due: &DueSchedule, now: DateTime<Utc>) -> Fired {
    let schedule = &due.schedule;
    let timing = match Timing::of(schedule) {
        Ok(timing) => timing,
        Err(error) => {
            // It was readable when it was stored: an older server meets a newer one's.
            tracing::error!(schedule = %schedule.id, %error, "a schedule cannot be read and is left alone for a minute");
            let later = now.checked_add_signed(TimeDelta::minutes(1));
            return Fired { id: schedule.id, executions: Vec::new(), last_fired_at: None, next_fire_at: later };
        }
    };
    let from = schedule.next_fire_at.unwrap_or(now);
    let ticks = ticks(&timing, schedule.catch_up, from, now);
    let executions: Vec<NewQueued> = match due.live {
        Some(_) => ticks.iter().map(|tick| execution(due, *tick, now)).collect(),
        None => {
            tracing::info!(schedule = %schedule.id, function = %schedule.function_id, "a tick passed over a function that cannot be called yet");
            Vec::new()
        }
    };
    Fired {
        id: schedule.id,
        last_fired_at: executions.last().and(ticks.last().copied()),
        executions,
        next_fire_at: timing.next(now),
    }
}

/// The ticks to run for, in their order.
fn ticks(timing: &Timing, catch_up: CatchUp, from: DateTime<Utc>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let missed_before = now - MISSED_AFTER;
    let fresh = timing.newest(from.max(missed_before), now, FRESH);
    let most = match catch_up {
        CatchUp::Skip => return fresh,
        CatchUp::Once => 1,
        CatchUp::All => MOST,
    };
    let mut ticks = Vec::new();
    if from < missed_before {
        ticks = timing.newest(from, missed_before - TimeDelta::milliseconds(1), most);
    }
    ticks.extend(fresh);
    ticks
}

fn execution(due: &DueSchedule, tick: DateTime<Utc>, now: DateTime<Utc>) -> NewQueued {
    let schedule = &due.schedule;
    let (version_id, version_number, retry) = due.live.unwrap_or_else(|| unreachable!("asked of live functions only"));
    NewQueued {
        id: id_of(schedule.id, tick),
        function_id: schedule.function_id,
        version_id,
        version_number,
        pinned: false,
        mode: ExecutionMode::Schedule,
        input: schedule.input.clone().into(),
        text_output: false,
        retry,
        delay: std::time::Duration::ZERO,
        schedule_name: Some(schedule.name.to_string()),
        callback_url: None,
        trace: None,
        created_at: now,
    }
}

/// The id of the execution of a tick: the same whoever computes it, so that the database itself refuses a second one.
fn id_of(schedule: ScheduleId, tick: DateTime<Utc>) -> ExecutionId {
    let ms = u64::try_from(tick.timestamp_millis()).unwrap_or(0);
    let digest = Sha256::new()
        .chain_update(b"nil tick")
        .chain_update(schedule.0.as_bytes())
        .chain_update(ms.to_le_bytes())
        .finalize();
    let mut random = [0; 10];
    random.copy_from_slice(&digest[..10]);
    ExecutionId(Builder::from_unix_timestamp_millis(ms, &random).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn missed_ticks_are_skipped_run_once_or_run_all() {
        let now = time("2026-01-01T10:00:00.2Z");
        let (_, hourly) = Timing::asked(Some("0 * * * *"), None, "UTC", now).expect("a rhythm");
        let from = time("2026-01-01T07:00:00Z");
        let ticks = |catch_up| ticks(&hourly, catch_up, from, now);
        assert_eq!(ticks(CatchUp::Skip), [time("2026-01-01T10:00:00Z")]);
        assert_eq!(ticks(CatchUp::Once), [time("2026-01-01T09:00:00Z"), time("2026-01-01T10:00:00Z")]);
        assert_eq!(ticks(CatchUp::All).len(), 4);
    }

    #[test]
    fn catching_up_is_bounded() {
        let now = time("2026-01-01T10:00:00.2Z");
        let (_, each_second) = Timing::asked(Some("* * * * * *"), None, "UTC", now).expect("a rhythm");
        let all = ticks(&each_second, CatchUp::All, time("2025-01-01T00:00:00Z"), now);
        assert_eq!(all.len(), MOST + 30);
        assert!(all.is_sorted());
        assert_eq!(ticks(&each_second, CatchUp::Skip, time("2025-01-01T00:00:00Z"), now).len(), 30);
        assert_eq!(ticks(&each_second, CatchUp::All, time("2026-01-01T09:59:59Z"), now).len(), 2);
    }

    #[test]
    fn a_tick_has_one_id() {
        let (schedule, tick) = (ScheduleId::generate(), time("2026-01-01T10:00:00Z"));
        assert_eq!(id_of(schedule, tick), id_of(schedule, tick));
        assert_ne!(id_of(schedule, tick), id_of(ScheduleId::generate(), tick));
        assert_ne!(id_of(schedule, tick), id_of(schedule, time("2026-01-01T10:00:01Z")));
        assert_eq!(id_of(schedule, tick).0.get_version_num(), 7);
    }
}
