//! Hearing what other servers say about the queue.

use nil_store::QueueSignal;

use crate::app::App;

/// Listens for ever.
pub(super) async fn listen(app: App) {
    let queue = app.queue();
    let mut signals = app.store().queue_signals();
    loop {
        // No receiver means nobody waits, which is no error.
        match signals.next().await {
            QueueSignal::Queued => queue.inner.wake.notify_one(),
            QueueSignal::Cancel(id) => queue.interrupt(id),
            QueueSignal::Ended(ids) => ids.into_iter().for_each(|id| drop(queue.inner.ended.send(Some(id)))),
            QueueSignal::Everything => {
                queue.inner.wake.notify_one();
                let _ = queue.inner.ended.send(None);
            }
        }
    }
}
