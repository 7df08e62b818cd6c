//! The loops beside the requests: hearing of changes, keeping the record's partitions in order, counting and looking.

use std::time::{Duration, Instant};

use chrono::{DateTime, Days, TimeDelta, Utc};
use nil_store::{Change, QUEUE_SAMPLE_EVERY};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    checks::Checks,
    execution::{expand, probe},
};

/// How often partitions and deleted functions are looked after.
const ROUND: Duration = Duration::from_secs(600);

/// How often compilers are told; they believe it for two minutes.
const EXPOSURE: Duration = Duration::from_secs(30);

/// How often minutes that are over are counted.
const COUNT: Duration = Duration::from_secs(10);

/// How often a failing history writer looks whether the database is back.
const PROBE: Duration = Duration::from_millis(250);

/// How often it is looked whether records are set aside.
const EXPAND: Duration = Duration::from_secs(1);

/// Drops and warms functions as they change, until `stop`.
pub(crate) async fn follow_changes(app: App, stop: CancellationToken) {
    let follow = async {
        loop {
            match app.store().listen_for_changes().await {
                Ok(mut changes) => {
                    // Whatever happened before listening began was not heard.
                    hear(&app, Change::Everything).await;
                    while let Ok(change) = changes.next().await {
                        hear(&app, change).await;
                    }
                }
                Err(error) => tracing::debug!(%error, "cannot listen for changes; trying again"),
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::select! {
        () = follow => {}
        () = stop.cancelled() => {}
    }
}

async fn hear(app: &App, change: Change) {
    // No receiver means nobody waits, which is no error.
    match change {
        Change::Function(id) => {
            let other_is_live = app.live().changed(id).await;
            if !other_is_live {
                let _ = app.changes().send(Some(id));
                return;
            }
            // Loading takes its time; the next change, perhaps of another function, must be heard at once.
            let app = app.clone();
            tokio::spawn(async move {
                app.live().warm(id).await;
                let _ = app.changes().send(Some(id));
            });
        }
        Change::Configuration(id) => app.live().reconfigured(id).await,
        Change::Everything => {
            app.live().everything_changed();
            let _ = app.changes().send(None);
        }
    }
}

/// Hears of answers to checks, until `stop`.
pub(crate) async fn hear_answers(app: App, stop: CancellationToken) {
    tokio::select! {
        () = Checks::listen(app) => {}
        () = stop.cancelled() => {}
    }
}

/// Says again and again that this server can be reached from other machines, until `stop`: compilers without a
/// sandbox must not work for it.
pub(crate) async fn tell_exposure(app: App, stop: CancellationToken) {
    let tell = async {
        loop {
            if let Err(error) = app.store().tell_exposure().await {
                tracing::debug!(%error, "could not tell compilers that this server listens beyond loopback");
            }
            tokio::time::sleep(EXPOSURE).await;
        }
    };
    tokio::select! {
        () = tell => {}
        () = stop.cancelled() => {}
    }
}

/// Makes partitions ahead, drops those past retention and purges deleted functions, until `stop`.
pub(crate) async fn keep_history(app: App, stop: CancellationToken) {
    let keep = async {
        loop {
            if let Err(error) = keep_once(&app).await {
                tracing::warn!(%error, "could not look after the record of executions; trying again later");
            }
            tokio::time::sleep(ROUND).await;
        }
    };
    tokio::select! {
        () = keep => {}
        () = stop.cancelled() => {}
    }
}

async fn keep_once(app: &App) -> Result<(), nil_store::StoreError> {
    let now = Utc::now();
    app.store().ensure_partitions(now).await?;
    let oldest_kept = now.date_naive() - Days::new(app.config().retention_days);
    // A partition that is in use stays for the next round; the rest does not wait for it.
    let dropped = app.store().drop_partitions_before(oldest_kept).await.unwrap_or_else(|error| {
        tracing::info!(%error, "could not drop a day of executions; trying again later");
        0
    });
    let purged = app.store().purge_deleted().await? + app.store().purge_by_function().await?;
    let first_moment = now - TimeDelta::days(i64::try_from(app.config().retention_days).unwrap_or(3_650));
    app.store().forget_counts_before(first_moment).await?;
    app.store().forget_queue_samples_before(first_moment).await?;
    app.store().forget_keys().await?;
    app.store().forget_spilled_before(oldest_kept).await?;
    app.store().forget_compilers().await?;
    app.store().forget_runners().await?;
    app.store().forget_expired_checks().await?;
    app.store().forget_queued_before(oldest_kept).await?;
    if dropped > 0 || purged > 0 {
        tracing::info!(dropped_days = dropped, purged_executions = purged, "looked after the record of executions");
    }
    Ok(())
}

/// Counts executions by minute, for whoever asks for figures, until `stop`.
pub(crate) async fn count_executions(app: App, stop: CancellationToken) {
    let count = async {
        loop {
            match app.store().count_executions(Utc::now()).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::debug!(%error, "could not count executions; trying again"),
            }
            tokio::time::sleep(COUNT).await;
        }
    };
    tokio::select! {
        () = count => {}
        () = stop.cancelled() => {}
    }
}

/// Notes how deep the queues are, for whoever asks how deep they were, until `stop`.
pub(crate) async fn sample_queues(app: App, stop: CancellationToken) {
    let sample = async {
        loop {
            let began = Instant::now();
            if let Err(error) = app.store().sample_queues(Utc::now()).await {
                tracing::debug!(%error, "could not look how deep the queues are; trying again");
            }
            tokio::time::sleep(until_next_sample(Utc::now(), began.elapsed())).await;
        }
    };
    tokio::select! {
        () = sample => {}
        () = stop.cancelled() => {}
    }
}

/// Until the ten seconds that begin next. A queue so long that counting takes its time is looked at less often: nineteen
/// parts of twenty are left to others.
fn until_next_sample(now: DateTime<Utc>, took: Duration) -> Duration {
    let every_ms = u64::try_from(QUEUE_SAMPLE_EVERY.as_millis()).unwrap_or(u64::MAX);
    let past_ms = now.timestamp_millis().unsigned_abs() % every_ms;
    Duration::from_millis(every_ms - past_ms).max(took.saturating_mul(19))
}

/// Lets calls through again once the database is back.
pub(crate) async fn watch_history(app: App, stop: CancellationToken) {
    let watch = async {
        loop {
            tokio::time::sleep(PROBE).await;
            let dropped = probe(app.history(), app.store()).await;
            if dropped > 0 {
                app.metrics().unrecorded(dropped);
            }
        }
    };
    tokio::select! {
        () = watch => {}
        () = stop.cancelled() => {}
    }
}

/// Brings records that were set aside in a rush into the record, until `stop`.
pub(crate) async fn expand_history(app: App, stop: CancellationToken) {
    let expand = async {
        loop {
            tokio::time::sleep(EXPAND).await;
            if let Err(error) = expand(app.history(), app.store()).await {
                tracing::warn!(%error, "could not bring executions that were set aside into the record; trying again");
            }
        }
    };
    tokio::select! {
        () = expand => {}
        () = stop.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_ten_seconds_apart_unless_they_take_long() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let quick = Duration::from_millis(3);
        assert_eq!(until_next_sample(at("2026-11-29T12:00:03.250Z"), quick), Duration::from_millis(6_750));
        assert_eq!(until_next_sample(at("2026-11-29T12:00:10Z"), quick), Duration::from_secs(10));
        assert_eq!(until_next_sample(at("2026-11-29T12:00:09.999Z"), quick), Duration::from_millis(57));
        assert_eq!(until_next_sample(at("2026-11-29T12:00:05Z"), Duration::from_secs(4)), Duration::from_secs(76));
    }
}
