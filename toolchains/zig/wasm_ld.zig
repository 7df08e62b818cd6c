//! The program `wasm-ld` that clang starts to link: zig, told to be that. Built at installation, for this machine.

const std = @import("std");
const linux = std.os.linux;

/// Where zig is: a file, so that no quoting is needed.
const zig: [*:0]const u8 = @embedFile("zig-path");

/// Arguments of a link at the most; larger ones come in a response file.
const most_arguments = 4096;

pub fn main(init: std.process.Init.Minimal) u8 {
    var arguments: [most_arguments]?[*:0]const u8 = undefined;
    const given = init.args.vector;
    if (given.len + 2 > most_arguments) return 126;
    arguments[0] = zig;
    arguments[1] = "wasm-ld";
    for (given[1..], 2..) |argument, at| arguments[at] = argument;
    arguments[given.len + 1] = null;
    _ = linux.execve(zig, @ptrCast(&arguments), init.environ.block.slice.ptr);
    return 127;
}
