//! One thread that starts every toolchain process of a sandbox.
//!
//! The kernel sends the parent-death signal when the *thread* that forked ends. Threads of a runtime come and
//! go; this one lives as long as its sandbox, so toolchains die with the sandbox or the service, not before.

use std::{
    io,
    process::{Child, Command},
    sync::mpsc,
    thread,
};

use tokio::sync::oneshot;

type Reply = oneshot::Sender<io::Result<Child>>;

/// Handle of the thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Launcher {
    orders: mpsc::Sender<(Command, Reply)>,
}

impl Launcher {
    pub(super) fn start() -> io::Result<Self> {
        let (orders, inbox) = mpsc::channel::<(Command, Reply)>();
        thread::Builder::new().name("nil-launcher".to_owned()).spawn(move || {
            for (command, reply) in inbox {
                launch(command, reply);
            }
        })?;
        Ok(Self { orders })
    }

    pub(super) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (reply, answer) = oneshot::channel();
        let gone = || io::Error::other("the launcher thread has ended");
        self.orders.send((command, reply)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn launch(mut command: Command, reply: Reply) {
    if reply.is_closed() {
        return;
    }
    // Whoever ordered it may have stopped waiting meanwhile: an unclaimed process must not stay.
    if let Err(Ok(mut child)) = reply.send(command.spawn()) {
        let _ = child.kill();
        let _ = child.wait();
    }
}
