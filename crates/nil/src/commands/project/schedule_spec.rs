//! `[functions.FUNCTION.schedules.NAME]` of `nil.toml`, as it is written.

use std::collections::BTreeMap;

use nil_core::{CatchUp, ScheduleName};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{manifest::one_of, names::distinct};
use crate::commands::deploy::ScheduleWish;

/// All schedules of a function.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<ScheduleName, ScheduleSpec>")]
pub(super) struct Schedules(pub(super) Vec<ScheduleWish>);

impl TryFrom<BTreeMap<ScheduleName, ScheduleSpec>> for Schedules {
    type Error = String;

    fn try_from(specs: BTreeMap<ScheduleName, ScheduleSpec>) -> Result<Self, String> {
        distinct(specs.keys(), ScheduleName::key)?;
        let wish = |(name, spec): (_, ScheduleSpec)| ScheduleWish {
            name,
            cron: spec.cron,
            every_ms: spec.every_ms,
            time_zone: spec.time_zone,
            input: spec.input,
            catch_up: spec.catch_up,
            paused: spec.paused,
        };
        Ok(Self(specs.into_iter().map(wish).collect()))
    }
}

/// One schedule, with what is absent filled in.
#[derive(Debug, Deserialize)]
#[serde(try_from = "ScheduleFields")]
pub(super) struct ScheduleSpec {
    cron: Option<String>,
    every_ms: Option<u64>,
    time_zone: String,
    input: Box<RawValue>,
    catch_up: CatchUp,
    paused: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ScheduleFields {
    cron: Option<String>,
    every_ms: Option<u64>,
    time_zone: Option<String>,
    input: Option<Value>,
    input_json: Option<String>,
    #[serde(default)]
    catch_up: CatchUp,
    #[serde(default)]
    paused: bool,
}

impl TryFrom<ScheduleFields> for ScheduleSpec {
    type Error = String;

    fn try_from(fields: ScheduleFields) -> Result<Self, String> {
        let ScheduleFields { cron, every_ms, time_zone, input, input_json, catch_up, paused } = fields;
        if cron.is_some() == every_ms.is_some() {
            return Err("a schedule has `cron` or `everyMs`, not both and not neither".to_owned());
        }
        // As the server keeps it, so that the same is found to be the same.
        let cron = cron.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let time_zone = time_zone.unwrap_or_else(|| "UTC".to_owned());
        nil_server::check_rhythm(cron.as_deref(), every_ms, &time_zone).map_err(|error| error.to_string())?;
        let input = one_of("input", input.as_ref(), input_json.as_deref())?.unwrap_or_else(|| "{}".to_owned());
        if !input.starts_with('{') {
            return Err("`input` of a schedule must be a table, as for a call".to_owned());
        }
        let input = RawValue::from_string(input).map_err(|error| error.to_string())?;
        Ok(Self { cron, every_ms, time_zone, input, catch_up, paused })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Schedules, String> {
        #[derive(Deserialize)]
        struct File {
            schedules: Schedules,
        }
        toml::from_str::<File>(text).map(|file| file.schedules).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn what_is_absent_has_the_default_of_the_api() {
        let Schedules(all) = read(
            "[schedules.often]\neveryMs = 5000\n[schedules.nightly]\ncron = \"30  2 * * *\"\n\
             timeZone = \"Europe/Berlin\"\ninput = { days = 1 }\ncatchUp = \"once\"\npaused = true\n",
        )
        .expect("two schedules");
        let [nightly, often] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((nightly.cron.as_deref(), nightly.input.get()), (Some("30 2 * * *"), r#"{"days":1}"#));
        assert_eq!((nightly.catch_up, nightly.paused), (CatchUp::Once, true));
        assert_eq!((often.every_ms, often.time_zone.as_str(), often.input.get()), (Some(5_000), "UTC", "{}"));
        assert_eq!((often.catch_up, often.paused), (CatchUp::Skip, false));
    }

    #[test]
    fn what_is_no_schedule_says_why() {
        for (text, reason) in [
            ("[schedules.a]", "`cron` or `everyMs`, not both and not neither"),
            ("[schedules.a]\ncron = \"* * * * *\"\neveryMs = 1000", "not both"),
            ("[schedules.a]\ncron = \"every day\"", "`cron` cannot be read"),
            ("[schedules.a]\ncron = \"0 0 30 2 *\"", "never comes to pass"),
            ("[schedules.a]\neveryMs = 10", "`everyMs` is 10"),
            ("[schedules.a]\ncron = \"* * * * *\"\ntimeZone = \"Mars/Olympus\"", "`timeZone` is no name"),
            ("[schedules.a]\neveryMs = 1000\ninput = [1]", "`input` of a schedule must be a table"),
            ("[schedules.a]\neveryMs = 1000\ninput = {}\ninputJson = '{}'", "use one"),
            ("[schedules.a]\neveryMs = 1000\ncatchUp = \"most\"", "unknown variant `most`"),
            ("[schedules.a]\nevery = 1000", "unknown field `every`"),
            ("[schedules.\"a b\"]\neveryMs = 1000", "name may not hold ' '"),
            ("[schedules.a]\neveryMs = 1000\n[schedules.A]\neveryMs = 1000", "`a` is there twice"),
        ] {
            let error = read(text).map(drop).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
