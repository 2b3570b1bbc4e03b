import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { batchLines } from "../../../../src/cli/serve/batched-lines.ts";

function start() {
  const written: string[] = [];
  const drops: number[] = [];
  const reader = { pending: 0 };
  const lines = batchLines({
    write: (text) => void written.push(text),
    pending: () => reader.pending,
    dropped: (count) => void drops.push(count),
  });
  return { lines, written, drops, reader };
}

describe("lines", () => {
  test("of one turn are written together", async () => {
    const { lines, written } = start();
    lines.write("a\n");
    lines.write("b\n");
    await turn();
    lines.write("c\n");
    lines.flush();
    expect(written).toEqual(["a\nb\n", "c\n"]);
  });

  test("are dropped while the reader takes nothing, and counted when it takes again", async () => {
    const { lines, written, drops, reader } = start();
    reader.pending = 1 << 20;
    for (let count = 0; count < 3; count += 1) lines.write("lost\n");
    await turn();
    reader.pending = 0;
    lines.write("seen\n");
    lines.write("also\n");
    await turn();
    expect([written, drops]).toEqual([["seen\nalso\n"], [3]]);
  });

  test("of one turn are bounded too", () => {
    const { lines, written } = start();
    for (let count = 0; count < 3000; count += 1) lines.write("x".repeat(1024));
    lines.flush();
    expect(written.join("").length).toBeLessThanOrEqual(1 << 20);
  });
});
