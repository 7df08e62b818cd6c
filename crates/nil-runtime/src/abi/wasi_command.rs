//! A WASI preview 1 program: `_start` with the input on standard input; standard output is the output, standard error
//! goes to the logs, and an exit code other than 0 is a failure.

use wasmtime::{Instance, Store};

use super::{Exports, Stop, exports::NumericExport};
use crate::{
    execute::{Call, OutputMode},
    host::{Exit, HostState},
    outcome::FailureKind,
};

/// What a call needs of the module.
pub(crate) struct WasiCommand {
    start: NumericExport,
}

impl WasiCommand {
    /// Looks the exports up; `None` if one is missing or of another type.
    pub(crate) fn new(exports: &Exports<'_>, start: &str) -> Option<Self> {
        exports.memory()?;
        Some(Self { start: exports.numeric(start, &[], &[])? })
    }

    /// What the program finds on its streams; before it is instantiated, because a start function may read, too.
    pub(crate) fn prepare(&self, store: &mut Store<HostState>, call: &Call<'_>) {
        store.data_mut().wasi.be_command(call.input.as_bytes(), call.limits.output_bytes);
    }

    /// One run on a fresh instance.
    pub(crate) fn call(
        &self,
        store: &mut Store<HostState>,
        instance: &Instance,
        call: &Call<'_>,
    ) -> Result<String, Stop> {
        if let Err(error) = self.start.call(store, instance, &mut []) {
            match error.downcast_ref::<Exit>() {
                Some(Exit { code: 0 }) => {}
                Some(Exit { code }) => {
                    let stderr = store.data().wasi.stderr_tail();
                    return Err(Stop::Failure(FailureKind::ExitCode { code: *code, stderr }));
                }
                None => return Err(error.into()),
            }
        }
        let output = store.data_mut().wasi.take_stdout();
        let mut output = String::from_utf8(output).map_err(|error| {
            Stop::output(format!("standard output is not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
        })?;
        if call.output_mode == OutputMode::Json {
            // Programs end what they print with a line feed.
            output.truncate(output.trim_end().len());
        }
        Ok(output)
    }
}
