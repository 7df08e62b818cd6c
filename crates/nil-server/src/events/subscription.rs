//! One listener.

use tokio::sync::{
    OwnedSemaphorePermit,
    broadcast::{
        Receiver,
        error::{RecvError, TryRecvError},
    },
};
use tokio_util::sync::CancellationToken;

use super::hub::Heard;

/// Hears events until the server stops.
pub(crate) struct Subscription {
    receiver: Receiver<Heard>,
    closing: CancellationToken,
    _stream: OwnedSemaphorePermit,
}

impl Subscription {
    pub(super) fn new(receiver: Receiver<Heard>, closing: CancellationToken, stream: OwnedSemaphorePermit) -> Self {
        Self { receiver, closing, _stream: stream }
    }

    /// The next event; `None` when the server stops.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            heard = self.receiver.recv() => match heard {
                Ok(heard) => Some(heard),
                Err(RecvError::Lagged(missed)) => Some(Heard::Lagged(missed)),
                Err(RecvError::Closed) => None,
            },
            () = self.closing.cancelled() => None,
        }
    }

    /// The next event if it is there already.
    pub(crate) fn next_now(&mut self) -> Option<Heard> {
        match self.receiver.try_recv() {
            Ok(heard) => Some(heard),
            Err(TryRecvError::Lagged(missed)) => Some(Heard::Lagged(missed)),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}
