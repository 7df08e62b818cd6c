//! What can go wrong with the database, and the one place where constraint names become domain errors.

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or refuses work right now; trying again later may help.
    #[error("database is not available: {}", reason(.0))]
    Unavailable(sqlx::Error),
    /// Another function has the name.
    #[error("another function already has this name")]
    NameTaken,
    /// A module was given where a source text belongs, or the other way around.
    #[error("a function in the language `wasm` has a module and no source; any other has a source and no module")]
    WrongContent,
    /// Functions have the environment that was to be deleted.
    #[error("functions still have this environment")]
    EnvironmentInUse,
    /// An environment that does not exist was to be attached.
    #[error("there is no environment `{name}`")]
    UnknownEnvironment {
        /// Its name.
        name: String,
    },
    /// A change would make an environment too large.
    #[error("the environment would hold {entries} names and {bytes} bytes")]
    EnvironmentTooLarge {
        /// Names it would hold.
        entries: i64,
        /// Names and values together, in bytes.
        bytes: i64,
    },
    /// There are as many schedules as there may be.
    #[error("there are {most} schedules {of}, which is the most there may be")]
    TooManySchedules {
        /// How many there may be.
        most: i64,
        /// Of what.
        of: &'static str,
    },
    /// An execution belongs to a day that has no partition; [`crate::Store::ensure_partitions_of`] makes it.
    #[error("the record of executions has no partition for the day")]
    NoPartition,
    /// A row holds what this version of ProjectNIL cannot read.
    #[error("stored {what} cannot be read: {reason}")]
    Unreadable {
        /// Which column or message.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A role that does not exist was to be given rights.
    #[error("the database has no role `{name}`; as an administrator: CREATE ROLE {name} LOGIN PASSWORD '…'")]
    UnknownRole {
        /// Its name.
        name: String,
    },
    /// The schema could not be brought up to date.
    #[error("failed to migrate the database: {0}")]
    Migrate(String),
    /// Any other refusal by the database: a defect of ours.
    #[error("database refused the statement: {}", reason(.0))]
    Statement(sqlx::Error),
}

impl StoreError {
    /// The database did not answer within the caller's patience.
    #[must_use]
    pub fn timed_out() -> Self {
        Self::Unavailable(sqlx::Error::PoolTimedOut)
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether a row is there already.
    pub(crate) fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// What the database or the driver says, without where in PostgreSQL's own source it says so.
fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        other => other.to_string(),
    }
}

/// SQLSTATE classes that mean "not now": connection, resources, operator intervention, serialization.
const TRANSIENT_CLASSES: &[&str] = &["08", "53", "57", "40", "58"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                if database.constraint() == Some("functions_name_is_unique") {
                    return Self::NameTaken;
                }
                if database.constraint() == Some("function_environments_environment_fkey") {
                    return Self::EnvironmentInUse;
                }
                // "no partition of relation … found for row": a check violation without a constraint.
                if database.code().as_deref() == Some("23514") && database.constraint().is_none() {
                    return Self::NoPartition;
                }
                let transient =
                    database.code().is_some_and(|code| TRANSIENT_CLASSES.iter().any(|class| code.starts_with(class)));
                if transient { Self::Unavailable(error) } else { Self::Statement(error) }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Statement(error),
        }
    }
}
