import { describe, expect, test } from "@jest/globals";
import { MountError } from "../../../src/model/error.ts";
import { defaultFileMode, parseObjectPath } from "../../../src/model/file.ts";
import { reasons, type Reason } from "../../../src/model/reasons.ts";
import type { MountCall, MountResponse } from "../../../src/model/request.ts";
import { Secret } from "../../../src/model/secret.ts";
import { createLog } from "../../../src/observe/log.ts";
import { answerMount, type Answer } from "../../../src/serve/guard.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const request = { attributes: "{}", secrets: "", targetPath: "", permission: "420" };

interface Given {
  readonly deadline?: number;
  readonly mostBytes?: number;
  readonly signal?: AbortSignal;
}

function guarded(mount: MountCall, { deadline, mostBytes = 1000, signal = new AbortController().signal }: Given = {}) {
  const clock = new VirtualClock(1_000_000);
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "json", write: (line) => lines.push(line), now: () => 0 });
  const limits = { signal, deadline };
  return { clock, lines, answer: answerMount(mount, request, limits, { outside: clock, log, mostBytes }) };
}

function throwing(thrown: unknown): MountCall {
  return () => {
    throw thrown;
  };
}

/** A volume whose encoded size is 20 bytes more than its content. */
function volume(size: number): MountResponse {
  const path = parseObjectPath("a");
  const files = path === undefined ? [] : [{ path, mode: defaultFileMode, content: new Secret(Buffer.alloc(size)) }];
  return { files, versions: [{ id: "a", version: "1" }] };
}

function failure(answer: Answer): { code: number; message: string } {
  return answer.kind === "failed" ? { code: answer.code, message: answer.message } : { code: 0, message: "" };
}

describe("answerMount", () => {
  test.each(Object.keys(reasons) as Reason[])("%s leaves with its own final code and text", async (reason) => {
    const error = new MountError(reason, "what is wrong", { index: 1, object: "db" });
    const { answer, lines } = guarded(throwing(error));
    expect(failure(await answer)).toEqual({ code: reasons[reason].code, message: 'object 2 "db": what is wrong' });
    expect([2, 3, 5, 7, 9, 13, 16]).toContain(reasons[reason].code);
    expect(lines).toEqual([]);
  });

  test.each([
    ["an error", new Error("canary")],
    ["an abort", new DOMException("canary", "AbortError")],
    ["a status of the transport", Object.assign(new Error("canary"), { code: 14, details: "canary" })],
    ["a text", "canary"],
    ["nothing", undefined],
    ["an object", { code: 4, message: "canary", details: "canary" }],
  ])("%s leaves as INTERNAL, its text nowhere", async (_, thrown) => {
    const { answer, lines } = guarded(throwing(thrown));
    const { code, message } = failure(await answer);
    expect(code).toBe(13);
    expect(message).not.toContain("canary");
    expect(lines).toHaveLength(1);
    expect(lines.join("")).not.toContain("canary");
  });

  test("a call that rejects is no different from one that throws", async () => {
    const { answer } = guarded(() => Promise.reject(new MountError("not_permitted", "no")));
    expect(failure(await answer)).toEqual({ code: 7, message: "no" });
  });

  test("an answer that cannot be encoded leaves as INTERNAL", async () => {
    const { answer } = guarded(() => Promise.resolve({} as MountResponse));
    expect(failure(await answer).code).toBe(13);
  });

  test.each([
    [980, "answered"],
    [981, "failed"],
  ])("content of %d bytes is %s where the limit is 1000", async (size, kind) => {
    const { answer } = guarded(() => Promise.resolve(volume(size)));
    expect((await answer).kind).toBe(kind);
  });

  test("too large an answer fails with both numbers and the flag, and a final code", async () => {
    const { answer } = guarded(() => Promise.resolve(volume(981)));
    const { code, message } = failure(await answer);
    expect(code).toBe(9);
    expect(message).toMatch(/1001 bytes, the limit is 1000.*--max-call-recv-msg-size/);
  });

  test("a call that hangs past the deadline fails before it", async () => {
    const { answer, clock } = guarded(() => new Promise(() => undefined), { deadline: 1_005_000 });
    const state = { ended: false };
    void answer.then(() => (state.ended = true));
    await clock.advance(4900);
    expect(state.ended).toBe(false);
    await clock.advance(99);
    expect(failure(await answer)).toEqual({ code: 9, message: "no answer before the caller's deadline" });
  });

  test.each(["before", "after"])(
    "a call that hangs although it was aborted %s it began fails a moment later",
    async (when) => {
      const stop = new AbortController();
      const abort = () => stop.abort(new MountError("cancelled", "stopping"));
      if (when === "before") abort();
      const { answer, clock } = guarded(() => new Promise(() => undefined), { signal: stop.signal });
      abort();
      await clock.advance(250);
      expect(failure(await answer)).toEqual({ code: 9, message: "stopping" });
    },
  );

  test.each([-5000, 0, 10])("a deadline %d ms away is answered at once", async (left) => {
    const { answer, clock } = guarded(() => new Promise(() => undefined), { deadline: 1_000_000 + left });
    await clock.advance(0);
    expect(failure(await answer).code).toBe(9);
  });

  test.each([
    ["ASCII", "x".repeat(9999), 4096],
    ["two bytes each", "é".repeat(9999), 4095],
    ["three bytes each", "€".repeat(9999), 4095],
    ["four bytes each", "😀".repeat(9999), 4095],
  ])("a long message of %s is cut between characters", async (_, text, bytes) => {
    const { message } = failure(await guarded(throwing(new MountError("internal", text))).answer);
    expect(message.endsWith("…")).toBe(true);
    expect(text.startsWith(message.slice(0, -1))).toBe(true);
    expect(message.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(message)).toBe(bytes);
  });

  test("a message of just the limit stays whole, half a character is replaced", async () => {
    const whole = "x".repeat(4096);
    expect(failure(await guarded(throwing(new MountError("internal", whole))).answer).message).toBe(whole);
    const half = new MountError("internal", "a\ud83d");
    expect(failure(await guarded(throwing(half)).answer).message).toBe("a\ufffd");
  });
});
