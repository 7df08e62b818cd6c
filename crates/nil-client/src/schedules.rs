//! `/functions/{id}/schedules` and `/schedules`: when functions run by themselves.

use nil_api::{PatchSchedule, PutSchedule, Schedule};
use nil_core::{FunctionRef, ScheduleName};
use reqwest::Method;

use crate::{client::Client, error::ClientError};

impl Client {
    /// `GET /schedules`: those of all functions, newest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn all_schedules(&self) -> Result<Vec<Schedule>, ClientError> {
        self.fetch_list(&["schedules"], usize::MAX, |schedule: &Schedule| schedule.id.to_string()).await
    }

    /// `GET /functions/{id}/schedules`: those of one function, newest first.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function.
    pub async fn schedules(&self, function: &FunctionRef) -> Result<Vec<Schedule>, ClientError> {
        let path = ["functions", &function.to_string(), "schedules"];
        self.fetch_list(&path, usize::MAX, |schedule: &Schedule| schedule.id.to_string()).await
    }

    /// `GET /functions/{id}/schedules/{name}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn schedule(&self, function: &FunctionRef, name: &ScheduleName) -> Result<Schedule, ClientError> {
        self.fetch(self.call(Method::GET, &["functions", &function.to_string(), "schedules", name.as_str()])).await
    }

    /// `PUT /functions/{id}/schedules/{name}`: makes or changes it.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is no such function, `invalid-value` for what is no rhythm.
    pub async fn put_schedule(
        &self,
        function: &FunctionRef,
        name: &ScheduleName,
        schedule: &PutSchedule<'_>,
    ) -> Result<Schedule, ClientError> {
        let path = ["functions", &function.to_string(), "schedules", name.as_str()];
        self.fetch(self.call(Method::PUT, &path).json(schedule)).await
    }

    /// `PATCH /functions/{id}/schedules/{name}`: lets it rest, or takes it up again.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn patch_schedule(
        &self,
        function: &FunctionRef,
        name: &ScheduleName,
        change: PatchSchedule,
    ) -> Result<Schedule, ClientError> {
        let path = ["functions", &function.to_string(), "schedules", name.as_str()];
        self.fetch(self.call(Method::PATCH, &path).json(&change)).await
    }

    /// `DELETE /functions/{id}/schedules/{name}`.
    ///
    /// # Errors
    /// [`ClientError`]; `not-found` when there is none.
    pub async fn delete_schedule(&self, function: &FunctionRef, name: &ScheduleName) -> Result<(), ClientError> {
        let path = ["functions", &function.to_string(), "schedules", name.as_str()];
        self.fetch_status(self.call(Method::DELETE, &path)).await.map(drop)
    }
}
