//! PostgreSQL's configuration, generated at each start beside the data: who may connect, where, and settings for
//! one laptop.
//!
//! It includes the file `initdb` wrote into the data directory (which records what that machine can do), goes
//! over it, and is itself gone over by `ALTER SYSTEM`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{ClusterError, ClusterOptions, Durability, Layout, PORT, ROLE};
use crate::os_user::OsUser;

/// The name that ties the two authentication files together.
const MAP: &str = "nil";

/// Our defaults for a cluster that one machine's `nil` uses alone.
const DEFAULTS: [(&str, &str); 12] = [
    ("cluster_name", "nil"),
    ("max_connections", "100"),
    ("shared_buffers", "128MB"),
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    // Opening every file of the data after a crash takes longer than the recovery itself.
    ("recovery_init_sync_method", "syncfs"),
    // Our statements are short; compiling one costs more than running it.
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_line_prefix", "%m [%p] "),
    ("lc_messages", "C"),
];

/// What a cluster that will be thrown away does not need to do. Commits stay synchronous: without `fsync` that
/// costs next to nothing, and a killed server still loses nothing.
const DISPOSABLE: [(&str, &str); 6] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("checkpoint_timeout", "1h"),
    ("log_checkpoints", "off"),
];

/// Writes the configuration for a server that runs as `user` and listens in `socket_dir`.
pub(super) fn write(
    layout: &Layout,
    options: &ClusterOptions,
    user: &OsUser,
    socket_dir: &Path,
) -> Result<(), ClusterError> {
    let files = [
        (&layout.configuration, settings(layout, options, socket_dir)?),
        (&layout.hba, authentication()),
        (&layout.ident, identities(user, &OsUser::current_name()?)),
    ];
    for (path, text) in files {
        write_anew(&layout.dir, path, &text).map_err(ClusterError::file(path))?;
    }
    Ok(())
}

/// Replaces `path` in one step, and never writes through a link somebody put there.
fn write_anew(dir: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(Permissions::from_mode(0o644))?;
    file.persist(path)?;
    Ok(())
}

fn settings(layout: &Layout, options: &ClusterOptions, socket_dir: &Path) -> Result<String, ClusterError> {
    let mut settings: BTreeMap<&str, &str> = DEFAULTS.into();
    if options.durability == Durability::Disposable {
        settings.extend(DISPOSABLE);
    }
    for (name, value) in &options.settings {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'.';
        if name.is_empty() || !name.bytes().all(known) || value.chars().any(char::is_control) {
            return Err(ClusterError::Setting { name: name.clone() });
        }
        settings.insert(name, value);
    }
    // A caller's setting must not open a door, so these come last.
    let socket_dirs = format!("\"{}\"", socket_dir.to_string_lossy().replace('"', "\"\""));
    let (hba, ident) = (layout.hba.to_string_lossy(), layout.ident.to_string_lossy());
    let port = PORT.to_string();
    settings.extend([
        ("listen_addresses", ""),
        ("port", &port),
        ("unix_socket_directories", &socket_dirs),
        ("unix_socket_permissions", "0700"),
        ("hba_file", &hba),
        ("ident_file", &ident),
    ]);
    let mut text = String::from(
        "# Written at each start; changes here are lost. Use ALTER SYSTEM to change a setting for good.\n\
         include 'data/postgresql.conf'\n",
    );
    for (name, value) in settings {
        let _ = writeln!(text, "{name} = '{}'", quoted(value));
    }
    Ok(text)
}

fn authentication() -> String {
    format!(
        "# Written at each start; changes here are lost.\n\
         local all {ROLE} peer map={MAP}\n\
         # For pg_basebackup.\n\
         local replication {ROLE} peer map={MAP}\n"
    )
}

/// Lets the user who runs us and the one who runs PostgreSQL, often the same, be [`ROLE`].
fn identities(user: &OsUser, current: &str) -> String {
    let mut text = String::from("# Written at each start; changes here are lost.\n");
    let names = if user.name == current { vec![current] } else { vec![current, &user.name] };
    for name in names {
        let _ = writeln!(text, "{MAP} \"{name}\" {ROLE}");
    }
    text
}

fn quoted(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\'', "''")
}
