//! What happens in the launcher, between the service and the program: `nil` started once more, with one thread and
//! an empty environment, which puts up the box around itself and then becomes the program.
//!
//! Three processes: the *outer* one, the service's child, which leaves its namespaces and reports how the program
//! ended; the *first* one, process 1 of the box, which builds the file tree and reaps; and the *program*. When the
//! first process ends, the kernel kills everything in the box; when the outer one is killed, the first one dies.

mod filter;
mod first;
mod landlock;
mod limits;
mod mounts;
mod namespaces;
mod outer;
mod program;
mod user;

pub(crate) use outer::launcher_main;
