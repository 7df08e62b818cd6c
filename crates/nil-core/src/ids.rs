//! Newtypes over UUIDv7 for everything that has an id. They do not know what they identify beyond that.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

/// A text that is not a UUID in its usual hyphenated form.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct ParseIdError {
    /// The text as it was given, shortened to 80 characters.
    pub text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id: a UUIDv7, so ids sort by the time they were made.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id! {
    /// Identifies a function for as long as it exists.
    FunctionId
}
id! {
    /// Identifies one immutable version of a function.
    VersionId
}
id! {
    /// Identifies one run of a compiler service.
    CompilerId
}
id! {
    /// Identifies one source that is compiled for somebody who waits for the answer.
    CheckId
}
id! {
    /// Identifies one execution. Its UUIDv7 time also decides the day partition its record lives in.
    ExecutionId
}

id! {
    /// Identifies an environment; what its secrets are bound to.
    EnvironmentId
}
id! {
    /// Identifies a schedule.
    ScheduleId
}
id! {
    /// Identifies one run of a server as one that takes queued executions.
    RunnerId
}

impl ExecutionId {
    /// An id that sorts where one made at `time` would: an execution that is to run later belongs to the day it is
    /// due, so that its record is kept as long as those of that day.
    #[must_use]
    pub fn generate_at(time: DateTime<Utc>) -> Self {
        let seconds = u64::try_from(time.timestamp()).unwrap_or(0);
        Self(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, time.timestamp_subsec_nanos())))
    }
}

/// Only the hyphenated form counts: `uuid` would also take braces and URNs, which a URL never holds.
fn parse(text: &str) -> Result<Uuid, ParseIdError> {
    let error = || ParseIdError { text: text.chars().take(80).collect() };
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(error());
    }
    Uuid::try_parse(text).map_err(|_| error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ids_sort_by_time() {
        let first = ExecutionId::generate();
        let second = ExecutionId::generate();
        assert!(first < second);
    }

    #[test]
    fn an_id_for_later_sorts_behind_those_of_now() {
        let later = ExecutionId::generate_at(Utc::now() + chrono::TimeDelta::days(1));
        assert!(later > ExecutionId::generate());
        assert_eq!(later.0.get_version_num(), 7);
    }

    #[test]
    fn only_hyphenated_uuids_parse() {
        let id = FunctionId::generate();
        assert_eq!(id.to_string().parse::<FunctionId>(), Ok(id));
        for text in ["", "x", "{01890a5d-ac96-774b-bcce-b302099a8057}", "01890a5dac96774bbcceb302099a8057"] {
            assert!(text.parse::<FunctionId>().is_err(), "{text}");
        }
    }
}
