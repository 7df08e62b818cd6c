//! The compiler service: one loop a toolchain, from start to drained.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{intake::take_jobs, job::Context, options::ServiceOptions, source::JobSource};
use crate::toolchain::Toolchain;

/// Takes jobs from a queue and compiles them.
#[derive(Debug)]
pub struct CompilerService<S> {
    source: Arc<S>,
    toolchains: Vec<Arc<dyn Toolchain>>,
    options: ServiceOptions,
}

/// What a service did in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drained {
    /// Jobs that got a verdict or were parked.
    pub finished: u64,
    /// Jobs given back to the queue.
    pub released: u64,
}

impl<S: JobSource> CompilerService<S> {
    /// A service over `source` for the languages of `toolchains`, one each.
    #[must_use]
    pub fn new(source: S, toolchains: Vec<Arc<dyn Toolchain>>, options: ServiceOptions) -> Self {
        Self { source: Arc::new(source), toolchains, options }
    }

    /// Works until `shutdown` is cancelled, then finishes or gives back what is running, and stops the
    /// toolchains. Errors of the queue are waited out, not returned.
    pub async fn run(self, shutdown: CancellationToken) -> Drained {
        let mut loops = JoinSet::new();
        for toolchain in &self.toolchains {
            let context = Context {
                source: Arc::clone(&self.source),
                toolchain: Arc::clone(toolchain),
                options: self.options.clone(),
                give_back: CancellationToken::new(),
            };
            loops.spawn(take_jobs(context, shutdown.clone()));
        }
        let mut drained = Drained::default();
        while let Some(ended) = loops.join_next().await {
            match ended {
                Ok(one) => {
                    drained.finished += one.finished;
                    drained.released += one.released;
                }
                Err(error) => tracing::error!(%error, "a job loop failed"),
            }
        }
        for toolchain in &self.toolchains {
            toolchain.stop().await;
        }
        drained
    }
}
