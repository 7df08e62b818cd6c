//! Which part of the work a sample belongs to. Functions are inlined into one another across crates, so this goes by
//! the innermost function whose name says where it is from.

use super::perf::{Frame, Sample};

const KERNEL: &str = "[kernel";

/// Threads that do one thing, kernel time included.
const THREADS: &[(&str, &str)] = &[
    ("history", "record: the history writer, with its half of the connection to PostgreSQL"),
    ("epoch", "sandbox: the epoch's ticker"),
];

/// What the kernel does, by any function on the stack.
const KERNEL_AREAS: &[(&[&str], &str)] = &[
    (&["page_fault", "madvise", "pagemap", "zap_", "mmap", "munmap", "mprotect"], "kernel: memory of sandboxes"),
    (&["tcp_", "sock", "inet", "skb", "net_rx", "sendto", "recvfrom"], "kernel: sockets"),
    (&["epoll", "ep_"], "kernel: waiting for sockets"),
    (&["futex", "eventfd", "sched", "schedule", "try_to_wake_up", "idle"], "kernel: scheduling and wake-ups"),
];

/// What the server does, by the first function from the inside that matches. Record stands before the rest of the
/// server, and whatever calls a library stands behind it.
const AREAS: &[(&[&str], &str)] = &[
    (&["wasmtime", "nil_runtime", "cranelift", "encoding_rs"], "sandbox"),
    (&["recorded", "history", "nil_store", "sqlx"], "record: making it, handing it over"),
    (&["hyper", "http::", "httparse", "http_body"], "HTTP: hyper"),
    (&["serde_json"], "JSON: checking bodies"),
    (&["nil_server"], "the server's own handling: routes, admission, headers"),
    (&["tokio", "mio::"], "tokio: tasks and readiness"),
];

/// The name of the area.
pub(super) fn of(sample: &Sample) -> &'static str {
    if let Some(area) = named(THREADS, |name| sample.thread.contains(name)) {
        return area;
    }
    let Some(innermost) = sample.frames.first() else { return OTHER };
    if innermost.object.starts_with(KERNEL) {
        let kernel = || sample.frames.iter().take_while(|frame| frame.object.starts_with(KERNEL));
        let of_any = |patterns: &&[&str]| kernel().any(|frame| matches(frame, patterns));
        return named(KERNEL_AREAS, of_any).unwrap_or("kernel: everything else");
    }
    // The rest of libc is stubs of system calls, which belong to whoever makes them.
    let moves_memory = innermost.object.contains("libc") && innermost.symbol.contains("mem");
    if moves_memory || innermost.object.contains("vdso") || innermost.symbol.contains("clock_gettime") {
        return LIBC;
    }
    if innermost.symbol.starts_with("mi_") || innermost.symbol.starts_with("_mi_") {
        return "the allocator";
    }
    // Native code of guests is mapped from the code cache and has no names.
    if innermost.object.contains("/code/") {
        return "sandbox";
    }
    sample.frames.iter().find_map(|frame| named(AREAS, |patterns: &&[&str]| matches(frame, patterns))).unwrap_or(OTHER)
}

const LIBC: &str = "libc: copying, comparing and clearing memory, the clock";
const OTHER: &str = "everything else";

fn named<P>(areas: &[(P, &'static str)], is_it: impl Fn(&P) -> bool) -> Option<&'static str> {
    areas.iter().find(|(pattern, _)| is_it(pattern)).map(|(_, area)| *area)
}

fn matches(frame: &Frame, patterns: &[&str]) -> bool {
    patterns.iter().any(|pattern| frame.symbol.contains(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(thread: &str, frames: &[(&str, &str)]) -> Sample {
        let frames = frames.iter().map(|&(symbol, object)| Frame { symbol: symbol.into(), object: object.into() });
        Sample { thread: thread.into(), frames: frames.collect() }
    }

    #[test]
    fn the_innermost_known_function_decides() {
        let nil = "/usr/bin/nil";
        let hyper = ("hyper::proto::h1::dispatch::poll_catch", nil);
        let cases = [
            (sample("worker", &[("compiler_builtins::memcpy", nil), hyper]), "HTTP: hyper"),
            (sample("worker", &[("wasmtime::runtime::instantiate", nil), hyper]), "sandbox"),
            (sample("worker", &[("[unknown]", "/home/code/ab/cd"), hyper]), "sandbox"),
            (sample("worker", &[("_mi_page_malloc", nil), hyper]), "the allocator"),
            (sample("worker", &[("__memmove_avx_unaligned_erms", "/lib/libc.so.6"), hyper]), LIBC),
            (sample("worker", &[("__send", "/lib/libc.so.6"), hyper]), "HTTP: hyper"),
            (sample("worker", &[("tcp_sendmsg", "[kernel.kallsyms]"), hyper]), "kernel: sockets"),
            (sample("worker", &[("clear_page", "[kernel.kallsyms]"), hyper]), "kernel: everything else"),
            (sample("worker", &[]), OTHER),
        ];
        for (sample, area) in cases {
            assert_eq!(of(&sample), area, "{sample:?}");
        }
        assert!(of(&sample("history", &[("tcp_sendmsg", "[kernel.kallsyms]")])).starts_with("record"));
    }
}
