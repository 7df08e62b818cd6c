//! The sandbox itself: where boxes are made, and how one is started.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    cgroup::Cgroups,
    confine::confine,
    control::Control,
    error::SandboxError,
    launcher::Launcher,
    plan::{Answer, Go, Means, Plan, Standing},
    scratch::ServiceScratch,
    spec::BoxSpec,
};
use crate::process::{Pipes, Process};

/// Putting up a box takes some milliseconds; on a machine that does nothing but swap, longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Settings of the sandbox.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// Where scratch folders go. Default: `nil-scratch-<uid>` in the system's folder for temporary files.
    pub scratch_dir: Option<PathBuf>,
}

/// What tests set besides.
#[derive(Debug)]
pub(super) struct Internals {
    /// The program that becomes the launcher of a box when its first argument says so, by calling
    /// [`box_main`](crate::box_main) before anything else: this one.
    pub(super) launcher: PathBuf,
    /// Means to do without, as if this machine did not have them.
    pub(super) without: Vec<Means>,
}

impl Default for Internals {
    fn default() -> Self {
        Self { launcher: "/proc/self/exe".into(), without: Vec::new() }
    }
}

/// Starts toolchain processes, each in its own box. Clones share one launcher and one scratch folder; when the
/// last one is dropped, whatever still runs is killed.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    scratch: ServiceScratch,
    root: PathBuf,
    launcher: Launcher,
    program: PathBuf,
    without: Vec<Means>,
    cgroups: Result<Cgroups, String>,
    /// How boxes stood in the self-test; later ones must stand as well.
    expected: OnceLock<Standing>,
}

/// A box that stands, with a program that waits in it. Dropped, both are ended.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) process: Process,
    pub(super) pipes: Pipes,
    pub(super) standing: Standing,
    control: Control,
    program: PathBuf,
}

impl Sandbox {
    /// Prepares the scratch folder and clears what services that are gone left in it.
    ///
    /// # Errors
    /// When the scratch folder cannot be made or is not this user's own, or the launcher cannot start.
    pub fn new(options: SandboxOptions) -> Result<Self, SandboxError> {
        Self::with(options, Internals::default())
    }

    pub(super) fn with(options: SandboxOptions, internals: Internals) -> Result<Self, SandboxError> {
        let Internals { launcher: program, without } = internals;
        let root = options.scratch_dir.unwrap_or_else(default_scratch_root);
        let scratch = ServiceScratch::create(&root)?;
        let launcher = Launcher::start().map_err(SandboxError::Launcher)?;
        let cgroups = match without.contains(&Means::Cgroup) {
            true => Err("switched off".to_owned()),
            false => Cgroups::find(),
        };
        let inner = Inner { scratch, root, launcher, program, without, cgroups, expected: OnceLock::new() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Starts a program that stays, such as a resident worker, in a fresh box. `alive` is let go once the box is gone
    /// and its scratch folder too. For one that ends by itself there is [`Sandbox::run`].
    ///
    /// # Errors
    /// When this machine cannot put up the box, or cannot execute the program.
    pub(crate) async fn start(
        &self,
        spec: &BoxSpec,
        alive: TaskTrackerToken,
    ) -> Result<(Process, Pipes), SandboxError> {
        self.prepare(spec, alive).await?.go().await
    }

    /// Puts up a box, as far as the moment before the program is executed.
    pub(super) async fn prepare(&self, spec: &BoxSpec, alive: TaskTrackerToken) -> Result<Prepared, SandboxError> {
        let scratch = self.inner.scratch.process_dir()?;
        let plan = self.plan(spec, scratch.path().to_owned());
        let (control, theirs) = Control::pair().map_err(SandboxError::no_box)?;
        let mut command = Command::new(&self.inner.program);
        command.arg(crate::LAUNCHER_ARGUMENT).env_clear().current_dir("/");
        command.stdin(theirs).stdout(Stdio::null()).stderr(Stdio::null());
        confine(&mut command);
        let (pipes, ends) = pipes().map_err(SandboxError::no_box)?;
        let group = self.inner.cgroups.as_ref().ok();
        let group = group
            .map(|groups| groups.make(spec.limits.memory_bytes + spec.limits.scratch_bytes, spec.limits.threads + 2));
        let group = group.transpose().map_err(|error| SandboxError::no_box(format!("no control group: {error}")))?;
        let child = self.inner.launcher.spawn(command).await;
        let child = child.map_err(|error| SandboxError::no_box(format!("the launcher cannot be started: {error}")))?;
        let mut process = Process::adopt(child, scratch, group, alive);
        process.join_group().map_err(|error| SandboxError::no_box(format!("no control group: {error}")))?;
        let program = spec.program.clone();
        let (process, control, standing) = blocking(move || {
            let standing = put_up(&control, &plan, ends, &mut process)?;
            Ok((process, control, standing))
        })
        .await?;
        self.expect(&standing)?;
        Ok(Prepared { process, pipes, standing, control, program })
    }

    /// Why boxes have no control group, or that they have.
    pub(super) fn cgroup(&self) -> Result<String, String> {
        match &self.inner.cgroups {
            Ok(_) => Ok("memory and threads".to_owned()),
            Err(why) => Err(why.clone()),
        }
    }

    /// The folder in which every box's own folder is.
    pub(super) fn root(&self) -> &std::path::Path {
        &self.inner.root
    }

    /// From now on every box has to stand at least like this one.
    pub(super) fn set_expected(&self, standing: Standing) {
        let _ = self.inner.expected.set(standing);
    }

    fn expect(&self, standing: &Standing) -> Result<(), SandboxError> {
        let Some(expected) = self.inner.expected.get() else { return Ok(()) };
        for (means, _) in expected.means.iter().filter(|(_, how)| how.is_ok()) {
            standing
                .of(*means)
                .map_err(|why| SandboxError::Weaker { means: means.to_string(), why: why.to_owned() })?;
        }
        Ok(())
    }

    fn plan(&self, spec: &BoxSpec, folder: PathBuf) -> Plan {
        let BoxSpec { program, args, read_only, env, limits } = spec.clone();
        Plan {
            program,
            args,
            env,
            read_only: read_only.into_iter().filter(|path| path.is_absolute() && path.exists()).collect(),
            folder,
            scratch_bytes: limits.scratch_bytes,
            threads: limits.threads,
            open_files: limits.open_files,
            cpu_seconds: limits.cpu_seconds,
            without: self.inner.without.clone(),
        }
    }
}

impl Prepared {
    /// Lets the program start; returns once it has.
    pub(super) async fn go(self) -> Result<(Process, Pipes), SandboxError> {
        let Self { process, pipes, control, program, .. } = self;
        let process = blocking(move || {
            control.send(&Go, &[]).map_err(SandboxError::no_box)?;
            // When the program takes over, the last one who held the other end lets it go.
            match control.receive::<Answer>().map_err(SandboxError::no_box)? {
                None => Ok(process),
                Some((Answer::Failed { error, .. }, _)) => Err(SandboxError::Spawn { program, why: error }),
                Some((Answer::Ready(_), _)) => Err(SandboxError::no_box("the launcher lost its place")),
            }
        })
        .await?;
        Ok((process, pipes))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SandboxError> + Send + 'static,
) -> Result<T, SandboxError> {
    tokio::task::spawn_blocking(work).await.map_err(SandboxError::no_box)?
}

/// Talks to the launcher until the box stands.
fn put_up(control: &Control, plan: &Plan, ends: [OwnedFd; 3], process: &mut Process) -> Result<Standing, SandboxError> {
    control.set_patience(PATIENCE).map_err(SandboxError::no_box)?;
    let descriptors: [BorrowedFd<'_>; 3] = [ends[0].as_fd(), ends[1].as_fd(), ends[2].as_fd()];
    control.send(plan, &descriptors).map_err(SandboxError::no_box)?;
    drop(ends);
    match control.receive::<Answer>().map_err(SandboxError::no_box)? {
        Some((Answer::Ready(standing), mut descriptors)) => {
            let folder =
                descriptors.pop().ok_or_else(|| SandboxError::no_box("the launcher sent no scratch folder"))?;
            process.stands(folder, standing.own_scratch, standing.own_user);
            Ok(standing)
        }
        Some((Answer::Failed { step, error, .. }, _)) => {
            Err(SandboxError::no_box(format!("failed to {step}: {error}")))
        }
        None => Err(SandboxError::no_box("the launcher ended without a word; is it a program that can be one?")),
    }
}

/// The program's three pipes: our ends, and its own.
fn pipes() -> io::Result<(Pipes, [OwnedFd; 3])> {
    let (their_in, our_in) = io::pipe()?;
    let (our_out, their_out) = io::pipe()?;
    let (our_err, their_err) = io::pipe()?;
    let ours = Pipes::new(our_in.into(), our_out.into(), our_err.into())?;
    Ok((ours, [their_in.into(), their_out.into(), their_err.into()]))
}

fn default_scratch_root() -> PathBuf {
    std::env::temp_dir().join(format!("nil-scratch-{}", rustix::process::geteuid().as_raw()))
}
