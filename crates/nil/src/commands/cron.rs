//! `nil cron`: functions that run by themselves.

use chrono::{DateTime, Utc};
use nil_api::{PatchSchedule, PutSchedule, Schedule};
use nil_client::Client;
use serde_json::{json, value::RawValue};

use crate::{
    cli::{CronAction, CronArgs, CronSetArgs, ScheduleArgs},
    failure::Failure,
    output::{Output, Table, ago, escape_lines, moment},
};

pub(super) async fn run(args: CronArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    match args.action {
        CronAction::List { function } => {
            let schedules = match function {
                Some(function) => client.schedules(&function).await?,
                None => client.all_schedules().await?,
            };
            list(&schedules, output)
        }
        CronAction::Set(args) => set(&args, client, output).await,
        CronAction::Pause(which) => rest(&which, true, client, output).await,
        CronAction::Resume(which) => rest(&which, false, client, output).await,
        CronAction::Rm(which) => {
            client.delete_schedule(&which.function, &which.schedule).await?;
            output.note(&format!("removed {} of {}", which.schedule, which.function));
            if output.is_json() { output.json(&json!({ "name": which.schedule })) } else { Ok(()) }
        }
    }
}

fn list(schedules: &[Schedule], output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&schedules);
    }
    if schedules.is_empty() {
        output.note("no schedules");
        output.hint("`nil cron set hello nightly '0 3 * * *'` runs hello every night at three");
        return Ok(());
    }
    let now = Utc::now();
    let mut table = Table::new(&["FUNCTION", "NAME", "RHYTHM", "NEXT", "LAST"]);
    for schedule in schedules {
        table.row([
            schedule.function_name.to_string(),
            schedule.name.to_string(),
            rhythm(schedule),
            next(schedule),
            schedule.last_fired_at.map_or_else(|| "-".to_owned(), |time| ago(time, now)),
        ]);
    }
    output.data(&table.render(output.stdout().color))
}

fn rhythm(schedule: &Schedule) -> String {
    match (&schedule.cron, schedule.every_ms) {
        (Some(cron), _) if schedule.time_zone == "UTC" => escape_lines(cron),
        (Some(cron), _) => format!("{} {}", escape_lines(cron), escape_lines(&schedule.time_zone)),
        (None, Some(ms)) => format!("every {ms} ms"),
        (None, None) => String::new(),
    }
}

fn next(schedule: &Schedule) -> String {
    match schedule.next_fires.first() {
        _ if schedule.paused => "paused".to_owned(),
        Some(time) => moment(*time),
        None => "never".to_owned(),
    }
}

async fn set(args: &CronSetArgs, client: &Client, output: &Output) -> Result<(), Failure> {
    let input: Option<Box<RawValue>> =
        args.input.as_deref().map(serde_json::from_str).transpose().map_err(|error| {
            Failure::usage(format!("the input is not JSON: {error}"), "for example --input '{\"name\":\"Ada\"}'")
        })?;
    let body = PutSchedule {
        cron: args.cron.clone(),
        every_ms: args.every_ms,
        time_zone: args.time_zone.clone(),
        input: input.as_deref(),
        catch_up: args.catch_up,
        paused: false,
    };
    let schedule = client.put_schedule(&args.which.function, &args.which.schedule, &body).await?;
    tell(&schedule, output)
}

/// Everything else stays as it is, even if somebody changes it at the same moment.
async fn rest(which: &ScheduleArgs, paused: bool, client: &Client, output: &Output) -> Result<(), Failure> {
    let schedule = client.patch_schedule(&which.function, &which.schedule, PatchSchedule { paused }).await?;
    tell(&schedule, output)
}

fn tell(schedule: &Schedule, output: &Output) -> Result<(), Failure> {
    let times: Vec<String> = schedule.next_fires.iter().take(3).map(|time: &DateTime<Utc>| moment(*time)).collect();
    let when = if schedule.paused { "rests".to_owned() } else { format!("runs next at {}", times.join(", ")) };
    output.note(&format!("{} of {} {when}", schedule.name, schedule.function_name));
    if output.is_json() { output.json(schedule) } else { Ok(()) }
}
