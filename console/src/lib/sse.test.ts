import { expect, test } from "vitest";

import { EventParser } from "./sse";

const stream = 'event: execution\ndata: {"id":1}\n\n: heartbeat\n\ndata: a\ndata:b\r\n\r\nevent: log\n\n';

test("events arrive whole, however the text is cut", () => {
  for (let size = 1; size <= stream.length; size++) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...parser.push(stream.slice(at, at + size)));
    expect(events, `pieces of ${size}`).toEqual([
      { event: "execution", data: '{"id":1}' },
      { event: "message", data: "a\nb" },
    ]);
  }
});
