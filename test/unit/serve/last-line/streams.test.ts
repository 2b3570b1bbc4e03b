import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { finalFrames } from "../../../../src/serve/last-line/final-frames.ts";
import { FrameScanner, type FrameHead } from "../../../../src/serve/last-line/frame-scanner.ts";
import { StreamTable } from "../../../../src/serve/last-line/stream-table.ts";
import { watchConnection } from "../../../../src/serve/last-line/watched-connection.ts";

function frame(type: number, flags: number, stream: number, payload = 0): Buffer {
  const octets = Buffer.alloc(9 + payload);
  octets.writeUIntBE(payload, 0, 3);
  octets.writeUInt8(type, 3);
  octets.writeUInt8(flags, 4);
  octets.writeUInt32BE(stream, 5);
  return octets;
}

const [data, headers, reset] = [0, 1, 3];

describe("FrameScanner", () => {
  const head = fc.record({ type: fc.nat(9), flags: fc.nat(255), stream: fc.nat(2 ** 31 - 1), payload: fc.nat(40) });

  test("sees the same frames however the octets are cut", () => {
    fc.assert(
      fc.property(fc.array(head, { maxLength: 8 }), fc.array(fc.nat(300)), (frames, cuts) => {
        const all = Buffer.concat([
          Buffer.alloc(24, 0xff),
          ...frames.map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload)),
        ]);
        const seen: FrameHead[] = [];
        const scanner = new FrameScanner(24, (one) => seen.push(one));
        const places = [...cuts.map((cut) => Math.min(cut, all.length)).toSorted((a, b) => a - b), all.length];
        let from = 0;
        for (const to of places) {
          scanner.push(all.subarray(from, to));
          from = to;
        }
        expect(seen).toEqual(frames.map(({ type, flags, stream }) => ({ type, flags, stream })));
      }),
    );
  });
});

describe("a watched connection", () => {
  const cleanup: (() => unknown)[] = [];
  afterEach(() => {
    for (const clean of cleanup.splice(0)) clean();
  });

  async function watched() {
    const path = join(mkdtempSync(join(tmpdir(), "kf-")), "s");
    const server = createServer().listen(path);
    await once(server, "listening");
    const client = connect(path);
    const [socket] = (await once(server, "connection")) as [Socket];
    cleanup.push(
      () => server.close(),
      () => client.destroy(),
      () => socket.destroy(),
    );
    const table = new StreamTable();
    const watch = watchConnection(socket, table);
    watch.incoming(Buffer.alloc(24));
    return { watch, open: () => [...new StreamTable(table.memory).openStreams().values()].flat() };
  }

  test("shows the calls that were asked and not answered", async () => {
    const { watch, open } = await watched();
    watch.incoming(
      Buffer.concat([frame(headers, 4, 1, 10), frame(data, 1, 1, 50), frame(headers, 4, 3, 5), frame(data, 1, 3)]),
    );
    expect(open()).toEqual([
      { stream: 1, answering: false },
      { stream: 3, answering: false },
    ]);
    watch.outgoing(Buffer.concat([frame(headers, 4, 1, 8), frame(data, 0, 1, 100)]));
    expect(open()[0]).toEqual({ stream: 1, answering: true });
    watch.outgoing(frame(headers, 5, 1, 8));
    expect(open()).toEqual([{ stream: 3, answering: false }]);
    watch.incoming(frame(reset, 0, 3, 4));
    expect(open()).toEqual([]);
  });

  test("is not to be written to while octets of its own wait", async () => {
    const { watch, open } = await watched();
    watch.incoming(frame(headers, 4, 1));
    watch.setBusy(true);
    expect(open()).toEqual([]);
    watch.setBusy(false);
    expect(open()).toHaveLength(1);
  });

  test("leaves nothing behind when it is closed", async () => {
    const { watch, open } = await watched();
    watch.incoming(frame(headers, 4, 1));
    watch.closed();
    watch.closed();
    watch.setBusy(true);
    expect(open()).toEqual([]);
  });
});

describe("StreamTable", () => {
  test("gives slots back, and says when it is full", () => {
    const table = new StreamTable();
    const connections = Array.from({ length: 65 }, (_, fd) => table.connect(fd));
    expect([connections[63], connections[64]]).toEqual([63, undefined]);
    for (let round = 0; round < 3; round += 1) {
      const slots = Array.from({ length: 2049 }, (_, stream) => table.open(0, stream));
      expect(slots.filter((slot) => slot === undefined)).toHaveLength(1);
      for (const slot of slots) if (slot !== undefined) table.close(slot);
    }
  });

  test("tells a beat from none", () => {
    const table = new StreamTable();
    const other = new StreamTable(table.memory);
    table.beat(5);
    expect(other.awaitBeat(0, 1000)).toEqual({ beat: 1, headroom: 5 });
    expect(other.awaitBeat(1, 1)).toEqual({ beat: 1, headroom: 5 });
  });
});

describe("finalFrames", () => {
  test("are whole frames, one for each call", () => {
    const seen: FrameHead[] = [];
    const scanner = new FrameScanner(0, (one) => seen.push(one));
    scanner.push(
      finalFrames([
        { stream: 1, answering: false },
        { stream: 5, answering: true },
      ]),
    );
    expect(seen).toEqual([
      { type: headers, flags: 5, stream: 1 },
      { type: reset, flags: 0, stream: 5 },
    ]);
  });
});
