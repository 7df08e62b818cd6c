//! When a schedule ticks: a cron expression in a time zone, or every so many milliseconds from an anchor on.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use nil_store::{Rhythm, ScheduleRow};

/// The shortest time between two ticks, in milliseconds: what a cron expression with seconds can say.
pub(crate) const MIN_EVERY_MS: u64 = 1_000;

/// The longest, in milliseconds: a year.
pub(crate) const MAX_EVERY_MS: u64 = 366 * 24 * 3_600_000;

/// The longest cron expression, in characters.
const MAX_CRON: usize = 200;

/// Why something is no rhythm.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRhythm {
    /// Two rhythms, or none.
    #[error("send `cron` or `everyMs`, not both and not neither")]
    NotOne,
    /// Not an expression.
    #[error(
        "`cron` cannot be read: {0}; use five fields (minute hour day month weekday), or six with seconds before them"
    )]
    Cron(String),
    /// Too often, or too seldom.
    #[error("`everyMs` is {0}; use {MIN_EVERY_MS} to {MAX_EVERY_MS}")]
    Every(u64),
    /// Not a time zone.
    #[error("`timeZone` is no name of the time zone database, such as UTC or Europe/Berlin")]
    TimeZone,
    /// A day that no year has.
    #[error("`cron` never comes to pass")]
    Never,
}

/// Whether this is a rhythm: for whoever wants to know before a server is asked.
///
/// # Errors
/// Why it is none.
pub fn check_rhythm(cron: Option<&str>, every_ms: Option<u64>, time_zone: &str) -> Result<(), InvalidRhythm> {
    Timing::asked(cron, every_ms, time_zone, Utc::now().trunc_subsecs(3)).map(drop)
}

/// Computes ticks.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Cron { cron: Box<Cron>, zone: Tz },
    Every { anchor: DateTime<Utc>, every: TimeDelta },
}

impl Timing {
    /// What a person asked for, counted from `now`.
    pub(crate) fn asked(
        cron: Option<&str>,
        every_ms: Option<u64>,
        time_zone: &str,
        now: DateTime<Utc>,
    ) -> Result<(Rhythm, Self), InvalidRhythm> {
        let rhythm = match (cron, every_ms) {
            (Some(text), None) => Rhythm::Cron(text.split_whitespace().collect::<Vec<_>>().join(" ")),
            (None, Some(ms)) if (MIN_EVERY_MS..=MAX_EVERY_MS).contains(&ms) => {
                Rhythm::EveryMs(i64::try_from(ms).unwrap_or(i64::MAX))
            }
            (None, Some(ms)) => return Err(InvalidRhythm::Every(ms)),
            _ => return Err(InvalidRhythm::NotOne),
        };
        let timing = Self::new(&rhythm, time_zone, now)?;
        if timing.next(now).is_none() {
            return Err(InvalidRhythm::Never);
        }
        Ok((rhythm, timing))
    }

    /// That of a stored schedule.
    pub(crate) fn of(schedule: &ScheduleRow) -> Result<Self, InvalidRhythm> {
        Self::new(&schedule.rhythm, &schedule.time_zone, schedule.anchor)
    }

    fn new(rhythm: &Rhythm, time_zone: &str, anchor: DateTime<Utc>) -> Result<Self, InvalidRhythm> {
        let zone: Tz = time_zone.parse().map_err(|_| InvalidRhythm::TimeZone)?;
        let kind = match rhythm {
            Rhythm::Cron(text) if text.len() > MAX_CRON => {
                return Err(InvalidRhythm::Cron(format!("it has more than {MAX_CRON} characters")));
            }
            Rhythm::Cron(text) => {
                // Years are not part of what people call cron, and what looks like one is a mistake.
                let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
                let cron = parser.parse(text).map_err(|error| InvalidRhythm::Cron(error.to_string()))?;
                Kind::Cron { cron: Box::new(cron), zone }
            }
            Rhythm::EveryMs(ms) => Kind::Every { anchor, every: TimeDelta::milliseconds(*ms) },
        };
        Ok(Self { kind })
    }

    /// The first tick behind `after`.
    pub(crate) fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match &self.kind {
            Kind::Cron { cron, zone } => {
                let found = cron.find_next_occurrence(&after.with_timezone(zone), false).ok()?;
                Some(found.with_timezone(&Utc).trunc_subsecs(0))
            }
            Kind::Every { anchor, every } => anchor.checked_add_signed(periods(*anchor, *every, after, 1)?),
        }
    }

    /// The last tick at `until` or before.
    fn last(&self, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match &self.kind {
            Kind::Cron { cron, zone } => {
                let found = cron.find_previous_occurrence(&until.with_timezone(zone), true).ok()?;
                Some(found.with_timezone(&Utc).trunc_subsecs(0))
            }
            Kind::Every { anchor, every } => anchor.checked_add_signed(periods(*anchor, *every, until, 0)?),
        }
    }

    /// The next `count` ticks behind `after`.
    pub(crate) fn upcoming(&self, after: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        std::iter::successors(self.next(after), |tick| self.next(*tick)).take(count).collect()
    }

    /// The last `count` ticks between `from` and `until`, both included, in their order: looked for from behind, because
    /// there may be millions after a long rest.
    pub(super) fn newest(&self, from: DateTime<Utc>, until: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        let before =
            |tick: &DateTime<Utc>| tick.checked_sub_signed(TimeDelta::milliseconds(1)).and_then(|t| self.last(t));
        let ticks = std::iter::successors(self.last(until), before);
        let mut newest: Vec<_> = ticks.take_while(|tick| *tick >= from).take(count).collect();
        newest.reverse();
        newest
    }
}

/// Whole periods from the anchor to `time`, and `more`.
fn periods(anchor: DateTime<Utc>, every: TimeDelta, time: DateTime<Utc>, more: i64) -> Option<TimeDelta> {
    let every = every.num_milliseconds();
    let passed = (time - anchor).num_milliseconds().div_euclid(every);
    Some(TimeDelta::milliseconds(every.checked_mul(passed.checked_add(more)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn cron(text: &str, zone: &str) -> Timing {
        Timing::asked(Some(text), None, zone, time("2026-01-01T00:00:00Z")).expect("a rhythm").1
    }

    #[test]
    fn five_and_six_fields_tick_where_the_zone_has_them() {
        let berlin = cron("30 9 * * MON-FRI", "Europe/Berlin");
        assert_eq!(berlin.next(time("2026-01-02T12:00:00Z")), Some(time("2026-01-05T08:30:00Z")));
        assert_eq!(berlin.next(time("2026-07-03T12:00:00Z")), Some(time("2026-07-06T07:30:00Z")));
        let seconds = cron("*/20 * * * * *", "UTC");
        assert_eq!(
            seconds.upcoming(time("2026-01-01T00:00:05Z"), 3),
            [time("2026-01-01T00:00:20Z"), time("2026-01-01T00:00:40Z"), time("2026-01-01T00:01:00Z")]
        );
    }

    #[test]
    fn a_night_that_skips_or_repeats_an_hour_ticks_once() {
        // 02:30 does not exist on 29 March and comes twice on 25 October.
        let nightly = cron("30 2 * * *", "Europe/Berlin");
        let spring = nightly.newest(time("2026-03-28T12:00:00Z"), time("2026-03-29T12:00:00Z"), 10);
        assert_eq!(spring.len(), 1, "{spring:?}");
        let autumn = nightly.upcoming(time("2026-10-24T12:00:00Z"), 2);
        assert!(autumn[0] < time("2026-10-25T12:00:00Z") && autumn[1] > time("2026-10-25T12:00:00Z"), "{autumn:?}");
    }

    #[test]
    fn every_counts_from_its_anchor() {
        let anchor = time("2026-01-01T00:00:00.250Z");
        let (_, every) = Timing::asked(None, Some(1_500), "UTC", anchor).expect("a rhythm");
        assert_eq!(every.next(anchor), Some(time("2026-01-01T00:00:01.750Z")));
        assert_eq!(every.next(time("2026-01-01T00:00:01.749Z")), Some(time("2026-01-01T00:00:01.750Z")));
        assert_eq!(every.next(time("2026-01-01T00:00:01.750Z")), Some(time("2026-01-01T00:00:03.250Z")));
    }

    #[test]
    fn the_newest_of_many_are_found_from_behind() {
        let each_second = cron("* * * * * *", "UTC");
        let started = std::time::Instant::now();
        let newest = each_second.newest(time("2026-01-01T00:00:00Z"), time("2026-12-31T23:59:59.5Z"), 3);
        assert_eq!(newest, ["57", "58", "59"].map(|second| time(&format!("2026-12-31T23:59:{second}Z"))));
        assert!(started.elapsed() < std::time::Duration::from_secs(1));
        assert!(each_second.newest(time("2026-01-01T00:00:00.1Z"), time("2026-01-01T00:00:00.9Z"), 3).is_empty());
    }

    #[test]
    fn what_is_no_rhythm_is_refused() {
        let now = time("2026-01-01T00:00:00Z");
        let refused = |cron, every, zone| Timing::asked(cron, every, zone, now).expect_err("no rhythm");
        assert_eq!(refused(None, None, "UTC"), InvalidRhythm::NotOne);
        assert_eq!(refused(Some("* * * * *"), Some(1_000), "UTC"), InvalidRhythm::NotOne);
        assert_eq!(refused(None, Some(999), "UTC"), InvalidRhythm::Every(999));
        assert_eq!(refused(Some("* * * * *"), None, "Mars/Olympus"), InvalidRhythm::TimeZone);
        assert_eq!(refused(Some("0 0 30 2 *"), None, "UTC"), InvalidRhythm::Never);
        for text in ["", "* * * *", "61 * * * *", "hello", "* * * * * * 2027", "@reboot"] {
            assert!(matches!(refused(Some(text), None, "UTC"), InvalidRhythm::Cron(_)), "{text}");
        }
    }
}
