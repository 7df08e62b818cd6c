//! A console that was built anew is embedded anew: the macro that embeds it does not tell cargo about new files.

fn main() {
    println!("cargo:rerun-if-changed=../../console/dist");
}
