//! Guests by what they do, each with the outcome it must have.

use serde_json::{Value, json};

/// One guest.
pub(super) struct Guest {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    pub(super) settings: Value,
    /// `errorKind`.
    pub(super) kind: &'static str,
    /// How `errorMessage` begins.
    pub(super) message: &'static str,
    /// What `errorMessage` also holds.
    pub(super) also: &'static str,
}

/// Time that a guest which never ends is given.
const SHORT_MS: u64 = 300;

fn guest(name: &'static str, source: &'static str, kind: &'static str, message: &'static str) -> Guest {
    Guest { name, source, settings: json!({}), kind, message, also: "" }
}

fn endless(name: &'static str, source: &'static str) -> Guest {
    let settings = json!({ "timeoutMs": SHORT_MS });
    Guest { settings, ..guest(name, source, "timeout", "time limit of 300 ms reached") }
}

/// All of them.
pub(super) fn guests() -> Vec<Guest> {
    [never_ending(), over_a_limit(), trapping(), answering_nonsense()].into_iter().flatten().collect()
}

fn never_ending() -> Vec<Guest> {
    vec![
        endless("hostile-loop", "export function handle(input: string): string { while (true) {} }"),
        endless(
            "hostile-fill",
            "const block = new ArrayBuffer(100 << 20);
             export function handle(input: string): string {
               while (true) memory.fill(changetype<usize>(block), 1, 100 << 20);
             }",
        ),
        endless(
            "hostile-logging",
            "export function handle(input: string): string { while (true) console.log(\"again and again\"); }",
        ),
    ]
}

fn over_a_limit() -> Vec<Guest> {
    vec![
        guest(
            "hostile-memory",
            "const kept: ArrayBuffer[] = [];
             export function handle(input: string): string { while (true) kept.push(new ArrayBuffer(1 << 20)); }",
            "memory-limit",
            "memory limit of 128 MiB reached",
        ),
        guest(
            "hostile-recursion",
            "function deeper(n: i32): i32 { return deeper(n + 1) + n; }
             export function handle(input: string): string { return deeper(input.length).toString(); }",
            "stack-overflow",
            "stack overflow",
        ),
        guest(
            "hostile-output",
            "export function handle(input: string): string { return '\"' + \"x\".repeat(7 << 20) + '\"'; }",
            "output-too-large",
            "the output is larger than 6 MiB",
        ),
    ]
}

fn trapping() -> Vec<Guest> {
    vec![
        guest(
            "hostile-unreachable",
            "export function handle(input: string): string { unreachable(); return input; }",
            "trap",
            "trap: unreachable",
        ),
        guest(
            "hostile-division",
            "export function handle(input: string): string { return (1 / (input.length - 2)).toString(); }",
            "trap",
            "trap: integer divide by zero",
        ),
        guest(
            "hostile-load",
            "export function handle(input: string): string { return load<u8>(0xfffffff0).toString(); }",
            "trap",
            "trap: out of bounds memory access",
        ),
        Guest {
            also: "out of pencils (index.ts:3:3)",
            ..guest(
                "hostile-throw",
                "export function handle(input: string): string {
  const what = \"pencils\";
  throw new Error(\"out of \" + what);
}",
                "abort",
                "aborted: out of pencils",
            )
        },
        Guest {
            also: "index.ts:1:49",
            ..guest(
                "hostile-assert",
                "export function handle(input: string): string { assert(input.length > 2, \"too short\"); return input; }",
                "abort",
                "aborted: too short",
            )
        },
        guest(
            "hostile-index",
            "export function handle(input: string): string { const list = [1]; return list[input.length].toString(); }",
            "abort",
            "aborted: Index out of range",
        ),
        guest(
            "hostile-exit",
            "export function handle(input: string): string { process.exit(3); return input; }",
            "exit",
            "the function called process.exit(3)",
        ),
    ]
}

fn answering_nonsense() -> Vec<Guest> {
    let kind = "invalid-output";
    vec![
        guest(
            "hostile-text",
            "export function handle(input: string): string { return \"hello\"; }",
            kind,
            "invalid output",
        ),
        guest(
            "hostile-empty",
            "export function handle(input: string): string { return \"\"; }",
            kind,
            "invalid output",
        ),
        guest(
            "hostile-surrogate",
            "export function handle(input: string): string { return '\"' + String.fromCharCode(0xd800) + '\"'; }",
            kind,
            "invalid output",
        ),
        guest("hostile-nan", "export function nothing(): f64 { return NaN; }", kind, "invalid output"),
    ]
}
