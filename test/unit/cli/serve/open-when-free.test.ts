import { describe, expect, test } from "@jest/globals";
import { openWhenFree } from "../../../../src/cli/serve/open-when-free.ts";
import { SocketTaken, StartError } from "../../../../src/serve/start-error.ts";
import { VirtualClock } from "../../../fakes/virtual-clock.ts";

const never = new Promise<never>(() => undefined);

/** Fails so many times with the error, then gives `open`. */
function failing(times: number, error: Error): () => Promise<string> {
  let left = times;
  return () => (left-- > 0 ? Promise.reject(error) : Promise.resolve("open"));
}

function start(open: () => Promise<string>, patience: number, stopped: Promise<unknown> = never) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const waiting = (problem: string) => void told.push(problem);
  const ended = openWhenFree(open, { patience, outside: clock, stopped, waiting });
  return { clock, told, ended };
}

describe("a socket", () => {
  test("that is free is opened, and nobody is told of waiting", async () => {
    const { ended, told } = start(failing(0, new SocketTaken("taken")), 0);
    expect([await ended, told]).toEqual(["open", []]);
  });

  test("that another process serves is opened once that has gone, told once", async () => {
    const { clock, ended, told } = start(failing(5, new SocketTaken("taken")), 10_000);
    await clock.advance(1000);
    expect([await ended, told]).toEqual(["open", ["taken"]]);
  });

  test.each([
    ["that stays taken", new SocketTaken("taken"), 300],
    ["that is taken, without patience", new SocketTaken("taken"), 0],
    ["that can never be had", new StartError("not a socket"), 10_000],
  ])("%s is an error", async (_, error, patience) => {
    const { clock, ended } = start(failing(1000, error), patience);
    const [end] = await Promise.allSettled([ended, clock.advance(1000)]);
    expect(end).toEqual({ status: "rejected", reason: error });
  });

  test("is not waited for after a stop", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { clock, ended } = start(failing(1000, new SocketTaken("taken")), 10_000, promise);
    resolve("SIGTERM");
    await clock.advance(100);
    expect(await ended).toBeUndefined();
  });
});
