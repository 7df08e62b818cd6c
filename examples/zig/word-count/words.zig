//! A text, word by word.

const std = @import("std");

pub const Words = struct {
    rest: []const u8,

    pub fn next(words: *Words) ?[]const u8 {
        var start: usize = 0;
        while (start < words.rest.len and !isPart(words.rest[start])) start += 1;
        var end = start;
        while (end < words.rest.len and isPart(words.rest[end])) end += 1;
        defer words.rest = words.rest[end..];
        return if (start == end) null else words.rest[start..end];
    }

    /// An ASCII letter, or a byte of a character beyond ASCII.
    fn isPart(byte: u8) bool {
        return std.ascii.isAlphabetic(byte) or byte >= 0x80;
    }
};
