//! Samples of a running process, taken and unwound by `perf`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;

/// Not a divisor of anything periodic, and low enough that copying stacks costs little.
const FREQUENCY_HZ: &str = "499";

/// The product is built without frame pointers, so `perf` copies this much of each stack and unwinds it later.
const CALL_GRAPH: &str = "--call-graph=dwarf,16384";

/// What a thread was doing at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    /// The thread's name.
    pub(super) thread: String,
    /// From the function that ran to the outermost one known.
    pub(super) frames: Vec<Frame>,
}

/// A function in a [`Sample`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// Its name, demangled; `[unknown]` of code that has none.
    pub(super) symbol: String,
    /// The file its code is mapped from, or a name in brackets.
    pub(super) object: String,
}

/// Samples process `pid` for `length` into a file below `dir`.
pub(super) fn record(pid: u32, length: Duration, dir: &Path) -> anyhow::Result<PathBuf> {
    let data = dir.join("perf.data");
    let mut perf = Command::new("perf");
    perf.args(["record", "--quiet", "-F", FREQUENCY_HZ, CALL_GRAPH, "-p", &pid.to_string(), "-o"]).arg(&data);
    perf.args(["--", "sleep", &length.as_secs().max(1).to_string()]);
    run(perf)?;
    Ok(data)
}

/// Reads what [`record`] wrote.
pub(super) fn read(data: &Path) -> anyhow::Result<Vec<Sample>> {
    let mut perf = Command::new("perf");
    // Inlined functions would be named by a process started for each address.
    perf.args(["script", "--no-inline", "-F", "comm,ip,sym,dso", "-i"]).arg(data);
    Ok(parse(&run(perf)?))
}

fn run(mut perf: Command) -> anyhow::Result<String> {
    let output = perf.output().context("perf cannot be run (`apt-get install linux-perf`)")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    anyhow::ensure!(output.status.success(), "perf failed: {}", last.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Blocks apart by empty lines: the thread's name, then a line a frame: address, function, object in brackets.
fn parse(text: &str) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut sample = Sample::default();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            if !sample.frames.is_empty() {
                samples.push(std::mem::take(&mut sample));
            }
        } else if line.starts_with(char::is_whitespace) {
            sample.frames.extend(frame(line.trim()));
        } else {
            sample = Sample { thread: line.trim().to_owned(), frames: Vec::new() };
        }
    }
    samples
}

fn frame(line: &str) -> Option<Frame> {
    let (_address, rest) = line.split_once(' ')?;
    let (symbol, object) = rest.rsplit_once(" (")?;
    Some(Frame { symbol: symbol.to_owned(), object: object.trim_end_matches(')').to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_perf_prints_is_read() {
        let text = "history \n\t  55d0 <a::B as c::D<(e, f)>>::g (/usr/bin/nil)\n\t  55d1 h (/usr/bin/nil)\n\n\
                    tokio-rt-worker \n\tffffffff81 tcp_sendmsg ([kernel.kallsyms])\n\n";
        let samples = parse(text);
        assert_eq!(samples.len(), 2);
        assert_eq!((samples[0].thread.as_str(), samples[0].frames.len()), ("history", 2));
        assert_eq!(samples[0].frames[0].symbol, "<a::B as c::D<(e, f)>>::g");
        assert_eq!(samples[1].frames[0].object, "[kernel.kallsyms]");
    }
}
