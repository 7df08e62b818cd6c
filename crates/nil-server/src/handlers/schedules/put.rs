//! `PUT /functions/{id}/schedules/{name}`: make or change a schedule.

use axum::{Json, body::Bytes, extract::State};
use chrono::{SubsecRound as _, Utc};
use http::{HeaderMap, StatusCode};
use nil_api::{Problem, ProblemKind, PutSchedule, Schedule};
use nil_store::ScheduleQuota;

use super::{SchedulePath, present};
use crate::{
    app::App,
    http::{ApiError, body_error, decode_json},
    schedules::{InvalidRhythm, Timing},
};

/// Schedules of one function at the most.
const OF_FUNCTION: i64 = 20;

/// Makes a schedule, or changes it. Sending the same again changes nothing; a schedule whose rhythm stays keeps its next
/// tick. One that is taken up again goes on from now: what passed while it rested is not caught up with.
#[utoipa::path(put, operation_id = "putSchedule", path = "/functions/{id}/schedules/{name}", tag = "schedules", request_body = PutSchedule,
    params(("id" = String, Path, description = "The function's id or name"), ("name" = String, Path, description = "The schedule's name")), responses(
    (status = 200, description = "The schedule as it is now", body = Schedule),
    (status = 201, description = "It was made", body = Schedule),
    (status = 400, description = "The body or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 413, description = "The input is over the limit", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 422, description = "No rhythm, no time zone, or more schedules than there may be", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn put(
    State(app): State<App>,
    SchedulePath(function, name): SchedulePath,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<(StatusCode, Json<Schedule>), ApiError> {
    let body = body.map_err(|rejection| body_error(&rejection))?;
    let request: PutSchedule<'_> = decode_json(&headers, &body)?;
    let input = request.input.map_or("{}", |input| input.get());
    if !input.starts_with('{') {
        return Err(ApiError::invalid("`input` must be a JSON object, for example {\"input\": {\"name\": \"Ada\"}}"));
    }
    if input.len() as u64 > app.config().limits.input_bytes {
        return Err(ApiError::new(
            ProblemKind::TooLarge,
            format!("the input has {} bytes; at most {} are taken", input.len(), app.config().limits.input_bytes),
        ));
    }
    let now = Utc::now().trunc_subsecs(3);
    let time_zone = request.time_zone.unwrap_or_else(|| "UTC".to_owned());
    let (rhythm, timing) = Timing::asked(request.cron.as_deref(), request.every_ms, &time_zone, now).map_err(refused)?;
    let put = nil_store::PutSchedule {
        rhythm,
        time_zone,
        input: input.as_bytes().to_vec(),
        catch_up: request.catch_up,
        paused: request.paused,
        now,
        next_fire_at: timing.next(now),
    };
    let quota = ScheduleQuota { of_function: OF_FUNCTION, in_all: app.config().max_schedules };
    let stored = app.store().put_schedule(&function, &name, &put, quota).await?;
    let (row, made) = stored.ok_or_else(|| ApiError::unknown_function(&function))?;
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Json(present(row))))
}

fn refused(error: InvalidRhythm) -> ApiError {
    let kind = match error {
        InvalidRhythm::NotOne => ProblemKind::InvalidRequest,
        _ => ProblemKind::InvalidValue,
    };
    ApiError::new(kind, error.to_string())
}
