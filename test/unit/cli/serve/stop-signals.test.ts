import { EventEmitter } from "node:events";
import { describe, expect, test } from "@jest/globals";
import { listenForStop, type StopSignal } from "../../../../src/cli/serve/stop-signals.ts";

function start() {
  const emitter = new EventEmitter();
  const seen: string[] = [];
  let now = 5000;
  const source = {
    on: (signal: StopSignal, listener: () => void) => emitter.on(signal, listener),
    exit: (code: number) => void seen.push(`exit ${code}`),
  };
  const first = listenForStop(source, {
    grace: 1000,
    now: () => now,
    repeated: (signal, count) => void seen.push(`${signal} ${count}`),
  });
  return {
    first,
    seen,
    send: (signal: StopSignal, after: number) => {
      now += after;
      emitter.emit(signal);
    },
  };
}

describe("signals to stop", () => {
  test("after the first are reported, not fatal, until the grace period is over", async () => {
    const { first, seen, send } = start();
    send("SIGINT", 60_000);
    send("SIGINT", 0);
    send("SIGTERM", 999);
    expect([await first, seen]).toEqual(["SIGINT", ["SIGINT 2", "SIGTERM 3"]]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends the process with %d when the grace period is over", (signal, code) => {
    const { seen, send } = start();
    send("SIGTERM", 0);
    send(signal, 1000);
    expect(seen).toEqual([`exit ${code}`]);
  });
});
