//! Control groups: the kernel's own limit on the memory and the threads of a whole box, where this service may make
//! groups. Version 2 or version 1, whichever has the memory controller.
//!
//! The watchdog of [`crate::process`] limits the same from outside on every machine; a group has no gap between two
//! looks. Nothing here is needed for a box to work.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Beyond a box's own memory: the two small processes of ours in it, and what the kernel keeps about them.
const OVERHEAD_BYTES: u64 = 32 << 20;

/// The groups of boxes begin so, followed by the number and start of the service and a counter.
const PREFIX: &str = "nil-box-";

/// Where the groups of this service's boxes are made.
#[derive(Debug)]
pub(super) struct Cgroups {
    parents: Parents,
    service: String,
}

/// Over all sandboxes of this process, which share its number.
static NEXT: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, PartialEq, Eq)]
enum Parents {
    Two(PathBuf),
    One { memory: PathBuf, pids: Option<PathBuf> },
}

impl Cgroups {
    /// Finds the place, and removes the groups of services that are gone.
    ///
    /// # Errors
    /// Why there is none, for a person.
    pub(super) fn find() -> Result<Self, String> {
        let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"));
        let (mounts, own) = (read("/proc/self/mountinfo")?, read("/proc/self/cgroup")?);
        let parents = match directory(&mounts, &own, Some("memory")) {
            Some(memory) => Parents::One { memory, pids: directory(&mounts, &own, Some("pids")) },
            None => {
                let own = directory(&mounts, &own, None).ok_or("this machine has no memory controller")?;
                delegate_memory(&own)?;
                Parents::Two(own)
            }
        };
        let service = format!("{PREFIX}{}-{}", std::process::id(), started(std::process::id()).unwrap_or(0));
        let groups = Self { parents, service };
        groups.remove_abandoned();
        // The proof that it can be done.
        groups.make(64 << 20, 64).map_err(|error| format!("cannot make a group: {error}"))?;
        Ok(groups)
    }

    /// Makes the group of one box.
    pub(super) fn make(&self, memory_bytes: u64, threads: u64) -> io::Result<Cgroup> {
        let name = format!("{}-{}", self.service, NEXT.fetch_add(1, Ordering::Relaxed));
        let memory = memory_bytes.saturating_add(OVERHEAD_BYTES).to_string();
        let mut group = Cgroup { dirs: Vec::new() };
        match &self.parents {
            Parents::Two(parent) => {
                let dir = group.add_dir(parent.join(name))?;
                fs::write(dir.join("memory.max"), &memory)?;
                // These need swap accounting, and a newer kernel; the limit holds without them.
                let _ = fs::write(dir.join("memory.swap.max"), "0");
                let _ = fs::write(dir.join("memory.oom.group"), "1");
                let _ = fs::write(dir.join("pids.max"), threads.to_string());
            }
            Parents::One { memory: parent, pids } => {
                let dir = group.add_dir(parent.join(&name))?;
                fs::write(dir.join("memory.limit_in_bytes"), &memory)?;
                let _ = fs::write(dir.join("memory.memsw.limit_in_bytes"), &memory);
                if let Some(parent) = pids
                    && let Ok(dir) = group.add_dir(parent.join(&name))
                {
                    let _ = fs::write(dir.join("pids.max"), threads.to_string());
                }
            }
        }
        Ok(group)
    }

    /// A group can be removed only when nobody is in it, so a living service's are in no danger.
    fn remove_abandoned(&self) {
        let parents = match &self.parents {
            Parents::Two(parent) => vec![parent],
            Parents::One { memory, pids } => [Some(memory), pids.as_ref()].into_iter().flatten().collect(),
        };
        for entry in parents.into_iter().flat_map(fs::read_dir).flatten().flatten() {
            let name = entry.file_name();
            let mut numbers =
                name.to_str().and_then(|name| name.strip_prefix(PREFIX)).into_iter().flat_map(|rest| rest.split('-'));
            let (Some(Ok(pid)), Some(Ok(start))) =
                (numbers.next().map(str::parse), numbers.next().map(str::parse::<u64>))
            else {
                continue;
            };
            if started(pid) != Some(start) {
                let _ = fs::remove_dir(entry.path());
            }
        }
    }
}

/// The group of one box; removed when this is dropped, which works once the box is empty.
#[derive(Debug)]
pub(crate) struct Cgroup {
    dirs: Vec<PathBuf>,
}

impl Cgroup {
    fn add_dir(&mut self, dir: PathBuf) -> io::Result<PathBuf> {
        fs::create_dir(&dir)?;
        self.dirs.push(dir.clone());
        Ok(dir)
    }

    /// Puts a process into the group; what it starts from then on is in it as well.
    pub(crate) fn add(&self, pid: i32) -> io::Result<()> {
        self.dirs.iter().try_for_each(|dir| fs::write(dir.join("cgroup.procs"), pid.to_string()))
    }

    /// Whether the kernel has ended a process of the group because its memory was used up.
    pub(crate) fn ran_out_of_memory(&self) -> bool {
        let counted = |file: &str| {
            let text = self.dirs.first().and_then(|dir| fs::read_to_string(dir.join(file)).ok()).unwrap_or_default();
            text.lines().any(|line| line.strip_prefix("oom_kill ").is_some_and(|count| count.trim() != "0"))
        };
        counted("memory.events") || counted("memory.oom_control")
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for dir in &self.dirs {
            if let Err(error) = fs::remove_dir(dir)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::debug!(path = %dir.display(), %error, "a control group stays until the next start");
            }
        }
    }
}

/// When a process was started, in the kernel's ticks; with its number that names it for good.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.get(stat.rfind(')')? + 2..)?.split(' ').nth(19)?.parse().ok()
}

/// The folder of this process's own group: of version 1 with `controller`, or of version 2.
fn directory(mounts: &str, own: &str, controller: Option<&str>) -> Option<PathBuf> {
    // Each line: number, controllers, path; version 2 has none of the former.
    let path = own.lines().find_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let fits = controller.map_or(controllers.is_empty(), |wanted| controllers.split(',').any(|one| one == wanted));
        fits.then_some(path)
    })?;
    mounts.lines().find_map(|line| {
        let (place, system) = line.split_once(" - ")?;
        let mut system = system.split(' ');
        let kind = system.next()?;
        let fits = match controller {
            Some(wanted) => kind == "cgroup" && system.nth(1)?.split(',').any(|option| option == wanted),
            None => kind == "cgroup2",
        };
        let mut place = place.split(' ').skip(3);
        let (root, at) = (place.next()?, place.next()?);
        // In a container the mount may show a part of the hierarchy only.
        let below = path.strip_prefix(root.trim_end_matches('/')).unwrap_or(path);
        fits.then(|| Path::new(at).join(below.trim_start_matches('/')))
    })
}

/// Makes the memory controller available to groups below `own`, which must be this service's to divide.
fn delegate_memory(own: &Path) -> Result<(), String> {
    let list = |file: &str| fs::read_to_string(own.join(file)).unwrap_or_default();
    let has = |text: String| text.split_ascii_whitespace().any(|name| name == "memory");
    if has(list("cgroup.subtree_control")) {
        return Ok(());
    }
    if !has(list("cgroup.controllers")) {
        return Err("the memory controller is not handed down to this service; in a unit of systemd, add `Delegate=memory pids`".to_owned());
    }
    if !is_ours(own) {
        return Err(
            "this group is somebody else's to divide; in a unit of systemd, add `Delegate=memory pids`".to_owned()
        );
    }
    let enable = || fs::write(own.join("cgroup.subtree_control"), "+memory +pids");
    // A group with processes in it cannot hand controllers down: move into one of our own.
    enable()
        .or_else(|_| {
            let service = own.join("nil-service");
            fs::create_dir(&service).or_else(|error| if service.is_dir() { Ok(()) } else { Err(error) })?;
            fs::write(service.join("cgroup.procs"), std::process::id().to_string())?;
            enable()
        })
        .map_err(|error| {
            format!("the memory controller cannot be handed to boxes ({error}); run the compiler in a group of its own")
        })
}

/// Whoever may write there without being root was given it. For root, systemd marks what it gave away, and the top
/// of a container's own hierarchy belongs to the container.
fn is_ours(own: &Path) -> bool {
    let mut value = [0_u8; 4];
    let marked = ["user.delegate", "trusted.delegate"]
        .iter()
        .any(|name| rustix::fs::getxattr(own, *name, &mut value).is_ok_and(|length| value.get(..length) == Some(b"1")));
    let top = !own.join("cgroup.type").exists();
    !rustix::process::geteuid().is_root() || marked || top
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN_1: &str = "8:memory:/user.slice\n7:pids:/\n1:name=systemd:/\n0::/unified/x\n";
    const MOUNTS_1: &str = "\
34 25 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
35 25 0:31 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids\n\
36 25 0:32 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    #[test]
    fn own_groups_are_found_in_both_versions() {
        let found = |controller| directory(MOUNTS_1, OWN_1, controller);
        assert_eq!(found(Some("memory")), Some("/sys/fs/cgroup/memory/user.slice".into()));
        assert_eq!(found(Some("pids")), Some("/sys/fs/cgroup/pids".into()));
        assert_eq!(found(None), Some("/sys/fs/cgroup/unified/unified/x".into()));
        assert_eq!(found(Some("rdma")), None);
        let container = "30 25 0:26 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n";
        let inside = directory(container, "0::/docker/abc/worker\n", None);
        assert_eq!(inside, Some("/sys/fs/cgroup/worker".into()));
    }

    #[test]
    fn a_group_without_the_memory_controller_says_what_to_do() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let refused = delegate_memory(folder.path()).expect_err("there is no controller");
        assert!(refused.contains("Delegate=memory pids"), "{refused}");
        fs::write(folder.path().join("cgroup.subtree_control"), "cpu memory\n").expect("write");
        assert_eq!(delegate_memory(folder.path()), Ok(()));
    }

    #[test]
    fn a_group_of_version_2_is_limited_and_asked_about_its_memory() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let parents = Parents::Two(folder.path().to_owned());
        let groups = Cgroups { parents, service: format!("{PREFIX}1-2") };
        let group = groups.make(100 << 20, 7).expect("made");
        let dir = group.dirs[0].clone();
        assert!(dir.starts_with(folder.path()) && dir.display().to_string().contains("nil-box-1-2-"), "{dir:?}");
        assert_eq!(fs::read_to_string(dir.join("memory.max")).expect("written"), (132_u64 << 20).to_string());
        assert_eq!(fs::read_to_string(dir.join("pids.max")).expect("written"), "7");
        fs::write(dir.join("memory.events"), "low 0\noom 1\noom_kill 0\n").expect("write");
        assert!(!group.ran_out_of_memory());
        fs::write(dir.join("memory.events"), "low 0\noom 1\noom_kill 2\n").expect("write");
        assert!(group.ran_out_of_memory());
    }
}
