import { describe, expect, test } from "@jest/globals";
import { startDeadline } from "../../../src/fetch/deadline.ts";
import { MountError } from "../../../src/model/error.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const nobody = new AbortController().signal;

describe("startDeadline", () => {
  test.each([
    { is: "the own limit without a caller's", given: undefined, own: 90_000, span: 90_000 },
    { is: "the own limit when sooner", given: 120_000, own: 90_000, span: 90_000 },
    { is: "the caller's less a tenth", given: 5000, own: 90_000, span: 4500 },
    { is: "the caller's less 2 s at most", given: 60_000, own: 90_000, span: 58_000 },
    { is: "the caller's less 100 ms at least", given: 500, own: 90_000, span: 400 },
    { is: "nothing when the caller's is over", given: -5, own: 90_000, span: 0 },
  ])("$is", async ({ given, own, span }) => {
    const clock = new VirtualClock();
    const deadline = given === undefined ? undefined : clock.now() + given;
    const started = startDeadline({ signal: nobody, deadline }, own, clock);
    expect(started.at - clock.monotonic()).toBe(span);
    await clock.advance(Math.max(0, span - 1));
    const before = started.signal.aborted;
    await clock.advance(1);
    expect([before, started.signal.aborted]).toEqual([span === 0, true]);
    expect(started.signal.reason).toMatchObject({ reason: "mount_timeout", code: 9 });
  });

  test("ends when the caller goes away", () => {
    const caller = new AbortController();
    const { signal } = startDeadline({ signal: caller.signal, deadline: undefined }, 1000, new VirtualClock());
    caller.abort(new MountError("cancelled", "gone"));
    expect(signal.reason).toMatchObject({ reason: "cancelled" });
  });

  test("stays quiet once ended", async () => {
    const clock = new VirtualClock();
    const caller = new AbortController();
    const deadline = startDeadline({ signal: caller.signal, deadline: undefined }, 1000, clock);
    deadline.end();
    caller.abort();
    await clock.advance(2000);
    expect(deadline.signal.aborted).toBe(false);
  });
});
