//! The box's own file tree: the system's shared libraries, the program and what its toolchain names, all read-only;
//! a scratch folder of limited size; five devices; a `/proc` of its own. Nothing else of the host is in it.

use std::{
    collections::BTreeSet,
    ffi::CString,
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt, symlink},
    path::{Component, Path, PathBuf},
};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::namespaces::{Entered, INNER_ID};
use crate::sandbox::plan::{Means, Plan};

/// Where the scratch folder is in a tree of its own.
const SCRATCH: &str = "/scratch";

/// This very program, which a box may run as well: the launcher's own, whatever has become of its file.
const SELF: &str = "/proc/self/exe";

/// Where this very program is in a tree of its own.
const SELF_INSIDE: &str = "/nil";

/// What a dynamically linked program needs to start, wherever a distribution keeps it. What does not exist is left
/// out.
pub(super) const SYSTEM: &[&str] =
    &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/nix/store", "/gnu/store"];

/// Devices that hold and reveal nothing.
pub(super) const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// A chain of symbolic links longer than this goes in circles; the kernel's own number.
const MOST_LINKS: usize = 40;

/// Files and folders in the scratch folder; each takes a KiB of the kernel's memory beside its content.
const MOST_FILES: u64 = 65_536;

/// Beyond the limit, so that passing it can be seen before the disk is full.
const SLACK_BYTES: u64 = 1 << 20;

/// The file tree of the box.
pub(super) struct Tree {
    /// Why it is the service's own, if it is.
    pub(super) own: Result<String, String>,
    pub(super) proc: Result<String, String>,
    /// The scratch folder as the program sees it.
    pub(super) scratch: PathBuf,
    /// The program as it is found in the tree.
    pub(super) program: PathBuf,
}

/// Builds the tree and makes it this process's root. If that cannot be done, nothing is changed.
pub(super) fn build(plan: &Plan, entered: &Entered, owner: Option<u32>) -> Tree {
    let built = match entered {
        Entered::Not(why) => Err(why.clone()),
        _ if plan.without.contains(&Means::Mounts) => Err("switched off".to_owned()),
        Entered::AsRoot | Entered::AsUser => {
            let inner = if *entered == Entered::AsUser { INNER_ID } else { owner.unwrap_or(0) };
            build_own(plan, inner).map_err(|error| format!("it cannot be mounted: {error}"))
        }
    };
    match built {
        Ok(proc) => Tree {
            program: if plan.program == Path::new(SELF) { SELF_INSIDE.into() } else { plan.program.clone() },
            own: Ok("read-only, scratch of limited size".to_owned()),
            proc,
            scratch: SCRATCH.into(),
        },
        Err(why) => {
            // Should this fail, the program cannot write, which it will say.
            let _ = std::os::unix::fs::chown(&plan.folder, owner, owner);
            let proc = Err("that needs its own file tree".to_owned());
            Tree { own: Err(why), proc, scratch: plan.folder.clone(), program: plan.program.clone() }
        }
    }
}

fn build_own(plan: &Plan, inner: u32) -> io::Result<Result<String, String>> {
    // Before anything else: nothing of this shall reach the service's own mounts.
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
    let root = &plan.folder;
    let own_copy = if plan.program == Path::new(SELF) && own_file().is_none() { fs::metadata(SELF)?.len() } else { 0 };
    mount_tmpfs(root, MsFlags::empty(), &format!("size={},nr_inodes=4096,mode=755", own_copy + (1 << 20)))?;
    let built = fill(plan, root, inner);
    if built.is_err() {
        // Back to the folder below, which is the scratch folder then.
        let _ = umount2(root, MntFlags::MNT_DETACH);
    }
    let proc = built?;
    nix::unistd::chdir(root)?;
    // The old root comes to lie over the new one, and goes.
    nix::unistd::pivot_root(".", ".")?;
    umount2(".", MntFlags::MNT_DETACH)?;
    nix::unistd::chdir("/")?;
    read_only(Path::new("/"), MsFlags::MS_NODEV)?;
    Ok(proc)
}

fn fill(plan: &Plan, root: &Path, inner: u32) -> io::Result<Result<String, String>> {
    let layout = Layout::of(wanted(plan))?;
    for (link, target) in &layout.links {
        let link = below(root, link);
        make_parent(&link)?;
        symlink(target, link)?;
    }
    for path in &layout.binds {
        bind(root, path, path, MsFlags::MS_NODEV)?;
    }
    if plan.program == Path::new(SELF) {
        match own_file() {
            Some(file) => bind(root, &file, Path::new(SELF_INSIDE), MsFlags::MS_NODEV)?,
            None => drop(fs::copy(SELF, below(root, Path::new(SELF_INSIDE)))?),
        }
    }
    for device in DEVICES.iter().map(Path::new).filter(|device| device.exists()) {
        bind(root, device, device, MsFlags::MS_NOEXEC)?;
    }
    for (number, name) in ["stdin", "stdout", "stderr"].iter().enumerate() {
        symlink(format!("/proc/self/fd/{number}"), root.join("dev").join(name))?;
    }
    symlink("/proc/self/fd", root.join("dev/fd"))?;
    // Unless something that is to be read is in there.
    if !root.join("tmp").exists() {
        symlink(SCRATCH, root.join("tmp"))?;
    }
    let scratch = below(root, Path::new(SCRATCH));
    fs::create_dir(&scratch)?;
    let size = plan.scratch_bytes.saturating_add(SLACK_BYTES);
    let options = format!("size={size},nr_inodes={MOST_FILES},mode=700,uid={inner},gid={inner}");
    mount_tmpfs(&scratch, MsFlags::MS_NOEXEC, &options)?;
    fs::create_dir(root.join("proc"))?;
    Ok(if plan.without.contains(&Means::Proc) {
        Err("switched off".to_owned())
    } else {
        mount_proc(&root.join("proc"))
    })
}

/// The file of this very program, unless it was replaced or removed since it was started: then what runs can only be
/// copied, since it belongs to no mount that could be shown.
fn own_file() -> Option<PathBuf> {
    let path = fs::read_link(SELF).ok()?;
    let (there, running) = (fs::metadata(&path).ok()?, fs::metadata(SELF).ok()?);
    (there.dev() == running.dev() && there.ino() == running.ino()).then_some(path)
}

/// Everything that is to be read under its own path.
pub(super) fn wanted(plan: &Plan) -> impl Iterator<Item = PathBuf> {
    let program = (plan.program != Path::new(SELF)).then(|| plan.program.clone());
    let own = plan.read_only.iter().cloned().chain(program);
    SYSTEM.iter().map(PathBuf::from).chain(own).filter(|path| path.exists())
}

fn mount_tmpfs(at: &Path, flags: MsFlags, options: &str) -> io::Result<()> {
    let flags = flags | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    Ok(mount(Some("tmpfs"), at, Some("tmpfs"), flags, Some(options))?)
}

/// Whole, or, where a container hides parts of its own, the processes only.
fn mount_proc(at: &Path) -> Result<String, String> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let whole = mount(Some("proc"), at, Some("proc"), flags, None::<&str>);
    let processes = || mount(Some("proc"), at, Some("proc"), flags, Some("subset=pid"));
    match whole.or_else(|_| processes()) {
        Ok(()) => Ok("of its own processes".to_owned()),
        Err(error) => Err(format!("the machine does not allow it ({error}); there is none in the box")),
    }
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Shows what is at `path` at `inside` below `root`, read-only.
fn bind(root: &Path, path: &Path, inside: &Path, flags: MsFlags) -> io::Result<()> {
    let at = below(root, inside);
    if path.is_dir() {
        fs::create_dir_all(&at)?;
    } else {
        make_parent(&at)?;
        File::options().write(true).create(true).truncate(false).mode(0o444).open(&at)?;
    }
    // With what is mounted below it: in a user namespace the kernel does not take such a tree apart.
    mount(Some(path), &at, None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)?;
    read_only(&at, flags)
}

/// Makes a mount read-only. Restrictions it has already must be repeated: in a user namespace they cannot be taken
/// away, and asking for that is refused.
fn read_only(at: &Path, more: MsFlags) -> io::Result<()> {
    use nix::libc::{ST_NOATIME, ST_NODEV, ST_NODIRATIME, ST_NOEXEC, ST_RELATIME};
    let path = CString::new(at.as_os_str().as_encoded_bytes())?;
    let has = rustix::fs::statvfs(path.as_c_str())?.f_flag.bits();
    let mut flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | more;
    let pairs = [
        (ST_NODEV, MsFlags::MS_NODEV),
        (ST_NOEXEC, MsFlags::MS_NOEXEC),
        (ST_NOATIME, MsFlags::MS_NOATIME),
        (ST_NODIRATIME, MsFlags::MS_NODIRATIME),
        (ST_RELATIME, MsFlags::MS_RELATIME),
    ];
    for (bit, flag) in pairs {
        flags.set(flag, flags.contains(flag) || has & bit != 0);
    }
    Ok(mount(None::<&str>, at, None::<&str>, flags, None::<&str>)?)
}

/// What to make in the new tree so that every wanted path leads where it leads outside.
#[derive(Debug, Default, PartialEq, Eq)]
struct Layout {
    links: BTreeSet<(PathBuf, PathBuf)>,
    /// None lies in another; sorted, so that folders come before what is in them.
    binds: Vec<PathBuf>,
}

impl Layout {
    fn of(wanted: impl Iterator<Item = PathBuf>) -> io::Result<Self> {
        let mut layout = Self::default();
        let mut real = BTreeSet::new();
        for path in wanted {
            real.insert(layout.follow(path)?);
        }
        for path in real {
            if !layout.binds.iter().any(|bound| path.starts_with(bound)) {
                layout.binds.push(path);
            }
        }
        // Links in folders that are shown whole are there already.
        let binds = &layout.binds;
        layout.links.retain(|(link, _)| !binds.iter().any(|bound| link.starts_with(bound)));
        Ok(layout)
    }

    /// Notes every symbolic link on the way to `path`; returns where it ends.
    fn follow(&mut self, path: PathBuf) -> io::Result<PathBuf> {
        let mut path = path;
        for _ in 0..MOST_LINKS {
            let Some((link, target)) = first_link(&path)? else { return Ok(path) };
            let rest = path.strip_prefix(&link).unwrap_or(Path::new("")).to_owned();
            let leads_to = normal(&link.parent().unwrap_or(Path::new("/")).join(&target));
            self.links.insert((link, target));
            path = if rest.as_os_str().is_empty() { leads_to } else { leads_to.join(rest) };
        }
        Err(io::Error::other(format!("too many symbolic links on the way to `{}`", path.display())))
    }
}

/// The first part of `path` that is a symbolic link, and what it says.
fn first_link(path: &Path) -> io::Result<Option<(PathBuf, PathBuf)>> {
    let mut part = PathBuf::new();
    for component in path.components() {
        part.push(component);
        if fs::symlink_metadata(&part)?.is_symlink() {
            let target = fs::read_link(&part)?;
            return Ok(Some((part, target)));
        }
    }
    Ok(None)
}

/// Without `.` and `..`. What comes before a `..` has been resolved already: it is a folder, not a link.
fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(result.pop()),
            Component::CurDir => {}
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_again_and_what_lies_in_another_is_not_bound_twice() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let home = home.path().canonicalize().expect("exists");
        fs::create_dir_all(home.join("real/bin")).expect("folders");
        fs::create_dir_all(home.join("lib/deep")).expect("folders");
        fs::write(home.join("real/bin/node"), "").expect("a file");
        symlink("real", home.join("current")).expect("a link");
        symlink("../current/bin/node", home.join("lib/node")).expect("a link");
        let wanted = [home.join("lib/node"), home.join("lib/deep")];
        let layout = Layout::of(wanted.into_iter()).expect("no circle");
        assert_eq!(layout.binds, [home.join("lib/deep"), home.join("real/bin/node")]);
        let links: Vec<_> = layout.links.iter().map(|(link, _)| link.clone()).collect();
        assert_eq!(links, [home.join("current"), home.join("lib/node")]);
        let whole = Layout::of([home.join("lib"), home.join("lib/node")].into_iter()).expect("no circle");
        assert!(!whole.links.iter().any(|(link, _)| link.starts_with(home.join("lib"))), "{whole:?}");
        symlink("circle", home.join("circle")).expect("a link");
        assert!(Layout::of([home.join("circle")].into_iter()).is_err());
    }
}
