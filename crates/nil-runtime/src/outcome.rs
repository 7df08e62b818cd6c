//! How an execution ends, and the one place where that becomes a message.

use std::fmt::Write as _;

use nil_core::{LogLine, Receipt};

/// One finished execution.
#[derive(Debug, Clone)]
pub struct Execution {
    /// How it ended.
    pub outcome: Outcome,
    /// What it cost.
    pub receipt: Receipt,
    /// What it wrote to the console.
    pub logs: Vec<LogLine>,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It returned.
    Completed {
        /// Its output: JSON text as the function wrote it, or any text where the call allowed that.
        output: String,
    },
    /// It did not.
    Failed(Failure),
}

/// Why an execution failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub kind: FailureKind,
    /// Where, innermost function first; empty where it was not inside the function.
    pub backtrace: Vec<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// The input does not fit the function's parameters.
    InvalidInput {
        /// Which part, and what is expected.
        reason: String,
    },
    /// The input is larger than the limit.
    InputTooLarge {
        /// The limit, in bytes of UTF-8.
        limit_bytes: u64,
    },
    /// A WebAssembly trap.
    Trap {
        /// Its name, such as `integer divide by zero`.
        name: String,
    },
    /// The function threw or a runtime check of its language failed.
    Abort {
        /// The thrown message; may be empty.
        message: String,
        /// The source file; may be empty.
        file: String,
        /// From 1; 0 when unknown.
        line: u32,
        /// From 1; 0 when unknown.
        column: u32,
    },
    /// The script threw an exception, the promise it returned was rejected, or the function returned an error.
    Thrown {
        /// Such as `TypeError: x is not a function`.
        message: String,
    },
    /// The function called `process.exit`.
    Exit {
        /// The code it gave.
        code: i32,
    },
    /// A program ended with an exit code other than 0.
    ExitCode {
        /// The code.
        code: i32,
        /// The end of what it wrote to standard error; may be empty.
        stderr: String,
    },
    /// The time limit was reached.
    Timeout {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// Somebody called the execution off while it ran.
    Canceled,
    /// Memory could not grow further, and the function failed over it.
    MemoryLimit {
        /// The limit, in bytes.
        limit_bytes: u64,
        /// Whether the limit is the module's own declared maximum.
        own_maximum: bool,
        /// How it then failed; `None` when the sandbox did not start at all.
        then: Option<String>,
    },
    /// Too deep a recursion.
    StackOverflow,
    /// The output is larger than the limit.
    OutputTooLarge {
        /// The limit, in bytes of UTF-8.
        limit_bytes: u64,
    },
    /// The output is not what a function may return.
    InvalidOutput {
        /// What is wrong with it, and where.
        reason: String,
    },
    /// The module broke its side of the ABI.
    GuestContract {
        /// What was expected and what it did.
        reason: String,
    },
    /// No sandbox was free.
    NoCapacity {
        /// How many there are.
        slots: u32,
    },
    /// A defect or shortage of the host.
    Host {
        /// What the engine said.
        reason: String,
    },
}

/// Whose fault a failure is, for the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureClass {
    /// The caller's: the input.
    Caller,
    /// The function's.
    Function,
    /// The function's, by running out of time.
    Timeout,
    /// Nobody's: too many executions at once.
    Capacity,
    /// Ours.
    Host,
}

impl Failure {
    /// A failure outside the function's own code.
    pub(crate) fn of(kind: FailureKind) -> Self {
        Self { kind, backtrace: Vec::new() }
    }

    /// The execution's `errorMessage`: one line, then one indented line a frame.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = self.kind.headline();
        for frame in &self.backtrace {
            // Writing to a String cannot fail.
            let _ = write!(message, "\n    at {frame}");
        }
        message
    }

    /// A stable name for programs, such as `timeout`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            FailureKind::InvalidInput { .. } => "invalid-input",
            FailureKind::InputTooLarge { .. } => "input-too-large",
            FailureKind::Trap { .. } => "trap",
            FailureKind::Abort { .. } => "abort",
            FailureKind::Thrown { .. } => "thrown",
            FailureKind::Exit { .. } | FailureKind::ExitCode { .. } => "exit",
            FailureKind::Timeout { .. } => "timeout",
            FailureKind::Canceled => "canceled",
            FailureKind::MemoryLimit { .. } => "memory-limit",
            FailureKind::StackOverflow => "stack-overflow",
            FailureKind::OutputTooLarge { .. } => "output-too-large",
            FailureKind::InvalidOutput { .. } => "invalid-output",
            FailureKind::GuestContract { .. } => "guest-contract",
            FailureKind::NoCapacity { .. } => "no-capacity",
            FailureKind::Host { .. } => "host",
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self.kind {
            FailureKind::InvalidInput { .. } | FailureKind::InputTooLarge { .. } => FailureClass::Caller,
            FailureKind::Timeout { .. } => FailureClass::Timeout,
            FailureKind::NoCapacity { .. } => FailureClass::Capacity,
            FailureKind::Host { .. } => FailureClass::Host,
            _ => FailureClass::Function,
        }
    }
}

impl FailureKind {
    /// The failure in one line, without its place.
    fn headline(&self) -> String {
        match self {
            Self::InvalidInput { reason } => format!("invalid input: {reason}"),
            Self::InputTooLarge { limit_bytes } => format!("the input is larger than {}", size(*limit_bytes)),
            Self::Trap { name } => format!("trap: {name}"),
            Self::Abort { message, file, line, column } => {
                let mut text = if message.is_empty() { "aborted".to_owned() } else { format!("aborted: {message}") };
                // C's `assert` knows its line and no column.
                let _ = match (file.as_str(), column) {
                    ("", _) => Ok(()),
                    (file, 0) => write!(text, " ({file}:{line})"),
                    (file, column) => write!(text, " ({file}:{line}:{column})"),
                };
                text
            }
            Self::Thrown { message } => message.clone(),
            Self::Exit { code } => format!("the function called process.exit({code}) instead of returning"),
            Self::ExitCode { code, stderr } if stderr.is_empty() => format!("the program ended with exit code {code}"),
            Self::ExitCode { code, stderr } => format!("the program ended with exit code {code}: {stderr}"),
            Self::Canceled => "called off while it ran".to_owned(),
            Self::Timeout { limit_ms } => format!("time limit of {limit_ms} ms reached"),
            Self::MemoryLimit { limit_bytes, own_maximum, then } => {
                let whose = if *own_maximum { "the module's own memory maximum" } else { "memory limit" };
                let mut text = format!("{whose} of {} reached", size(*limit_bytes));
                if let Some(then) = then {
                    let _ = write!(text, ", then {then}");
                }
                text
            }
            Self::StackOverflow => "stack overflow: the function recursed too deeply".to_owned(),
            Self::OutputTooLarge { limit_bytes } => format!("the output is larger than {}", size(*limit_bytes)),
            Self::InvalidOutput { reason } => format!("invalid output: {reason}"),
            Self::GuestContract { reason } => format!("the module broke its calling convention: {reason}"),
            Self::NoCapacity { slots } => format!("all {slots} sandboxes are in use; try again shortly"),
            Self::Host { reason } => format!("the host failed to run the function: {reason}"),
        }
    }

    /// The failure in one line, for use inside another's.
    pub(crate) fn describe(&self) -> String {
        self.headline()
    }
}

/// Bytes as people write limits: `128 MiB`, `1000 bytes`.
fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}
