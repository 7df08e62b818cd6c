//! What changes when a person sits at a terminal: questions, indented JSON, no raw control characters.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    process::{Child, Command},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    fs::{Mode, OFlags},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use crate::transcript::Bench;

const PATIENCE: Duration = Duration::from_secs(20);

/// `nil` behind a terminal.
struct Session {
    child: Child,
    keyboard: File,
    screen: mpsc::Receiver<u8>,
    seen: String,
}

impl Session {
    fn start(mut command: Command) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).expect("a terminal of ours");
        unlockpt(&ours).expect("an open terminal");
        let name = ptsname(&ours, Vec::new()).expect("its name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let theirs = File::from(rustix::fs::open(name, flags, Mode::empty()).expect("its other end"));
        let copy = || theirs.try_clone().expect("another handle");
        let child = command.stdin(copy()).stdout(copy()).stderr(copy()).spawn().expect("nil runs");
        // Both hold the other end, which must close with the child for the screen to end.
        drop((theirs, command));
        let keyboard = File::from(ours);
        let screen = reader(keyboard.try_clone().expect("another handle"));
        Self { child, keyboard, screen, seen: String::new() }
    }

    /// Reads until `text` is on the screen.
    fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.seen.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let byte = self.screen.recv_timeout(left).unwrap_or_else(|_| panic!("no `{text}` in {:?}", self.seen));
            self.seen.push(char::from(byte));
        }
    }

    fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("nil reads the keyboard");
    }

    /// The exit code and everything that was on the screen.
    fn end(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                break status;
            }
            if Instant::now() > deadline {
                self.child.kill().expect("a child of ours");
                panic!("nil hangs after {:?}", self.seen);
            }
            // Not waited for: the screen must be read on, or the child blocks on a full terminal.
            if let Ok(byte) = self.screen.recv_timeout(Duration::from_millis(10)) {
                self.seen.push(char::from(byte));
            }
        };
        self.seen.extend(self.screen.iter().map(char::from));
        (status.code(), self.seen.replace("\r\n", "\n"))
    }
}

/// Byte by byte, so that a prompt without a line end arrives. Ends with an error when the child is gone.
fn reader(mut terminal: File) -> mpsc::Receiver<u8> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut byte = [0];
        while matches!(terminal.read(&mut byte), Ok(1)) && sender.send(byte[0]).is_ok() {}
    });
    receiver
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("greeting.ts", "export function handle(input: string): string { return input; }");
    bench.nil(&["deploy", "greeting.ts"]);
    bench
}

#[test]
fn removal_asks_and_takes_no_for_an_answer() {
    let bench = bench();
    let mut session = Session::start(bench.command(&["rm", "greeting", "--color", "never"]));
    session.wait_for("[y/N] ");
    session.type_in("n\n");
    let (code, screen) = session.end();
    assert_eq!(code, Some(1));
    assert!(screen.ends_with("error: nothing was removed\n"), "{screen}");
    assert!(bench.nil(&["list"]).contains("greeting"));

    let mut session = Session::start(bench.command(&["rm", "greeting", "--color", "never"]));
    session.wait_for("[y/N] ");
    session.type_in("y\n");
    let (code, screen) = session.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(!bench.nil(&["list"]).contains("greeting"));
}

#[test]
fn an_interrupt_ends_a_question() {
    let bench = bench();
    let mut session = Session::start(bench.command(&["rm", "greeting", "--color", "never"]));
    session.wait_for("[y/N] ");
    // The terminal is not the child's controlling one, so the key alone would not do it.
    let interrupted = Command::new("kill").args(["-INT", &session.child.id().to_string()]).status();
    assert!(interrupted.expect("kill runs").success());
    let (code, screen) = session.end();
    assert_eq!(code, Some(130), "{screen}");
    assert!(screen.ends_with("error: interrupted\n"), "{screen}");
}

#[test]
fn a_person_gets_indented_json_and_colour() {
    let bench = bench();
    let (code, screen) = Session::start(bench.command(&["invoke", "greeting"])).end();
    assert_eq!(code, Some(0));
    assert!(screen.contains("{\n  \"big\": 18446744073709551617,\n  \"text\": \"a\\u001b[31m\"\n}\n"), "{screen:?}");
    assert!(screen.contains("\u{1b}[33mwarn  \u{1b}[0m  \\u{1b}[2Jline\\n2"), "{screen:?}");
}

#[test]
fn no_color_means_no_colour() {
    let bench = bench();
    for args in [&["invoke", "greeting"][..], &["list"][..], &["describe", "absent"][..]] {
        let mut command = bench.command(args);
        command.env("NO_COLOR", "1");
        let (_, screen) = Session::start(command).end();
        assert!(!screen.is_empty() && !screen.contains('\u{1b}'), "{screen:?}");
    }
}
