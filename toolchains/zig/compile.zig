//! A compilation from beginning to end: `zig build-obj`, and behind it `zig wasm-ld`, which is told to keep the names of
//! functions. `zig build-exe` links without them. Built at installation, for this machine.
//!
//! Its arguments are those of the first, `--`, and those of the second.

const std = @import("std");
const linux = std.os.linux;

/// Where zig is: a file, so that no quoting is needed.
const zig: [*:0]const u8 = @embedFile("zig-path");

/// Arguments at the most.
const most_arguments = 4096;

pub fn main(init: std.process.Init.Minimal) u8 {
    var arguments: [most_arguments]?[*:0]const u8 = undefined;
    const given = init.args.vector;
    // The program's own name makes room for the subcommand, `--` for the end of the first; zig and the end are added.
    if (given.len + 3 > most_arguments) return 126;
    const environment = init.environ.block.slice.ptr;
    const middle = for (given, 0..) |argument, at| {
        if (std.mem.eql(u8, std.mem.span(argument), "--")) break at;
    } else return 125;

    arguments[0] = zig;
    arguments[1] = "build-obj";
    for (given[1..middle], 2..) |argument, at| arguments[at] = argument;
    arguments[middle + 1] = null;
    const child = linux.fork();
    if (child == 0) {
        _ = linux.execve(zig, @ptrCast(&arguments), environment);
        linux.exit(127);
    }
    var status: i32 = undefined;
    const process = std.math.cast(linux.pid_t, child) orelse return 124;
    while (linux.waitpid(process, &status, 0) != child) {}
    const ended: u32 = @bitCast(status);
    if (ended != 0) return if (linux.W.IFEXITED(ended)) linux.W.EXITSTATUS(ended) else 128;

    arguments[1] = "wasm-ld";
    for (given[middle + 1 ..], 2..) |argument, at| arguments[at] = argument;
    arguments[given.len - middle + 1] = null;
    _ = linux.execve(zig, @ptrCast(&arguments), environment);
    return 127;
}
