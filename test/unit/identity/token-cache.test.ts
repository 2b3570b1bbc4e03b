import { beforeEach, describe, expect, test } from "@jest/globals";
import { KeptTokens, type AccessToken } from "../../../src/identity/token-cache.ts";
import { MountError } from "../../../src/model/error.ts";
import { Secret } from "../../../src/model/secret.ts";
import { VirtualClock } from "../../fakes/virtual-clock.ts";

const minute = 60_000;
const never = new AbortController().signal;
let clock: VirtualClock;
let told: string[];
let tokens: KeptTokens;

beforeEach(() => {
  clock = new VirtualClock();
  told = [];
  tokens = new KeptTokens(clock, (outcome) => told.push(outcome));
});

function token(text: string, life = 60 * minute): () => Promise<AccessToken> {
  const now = clock.now();
  return () => Promise.resolve({ token: Secret.fromText(text), obtainedAt: now, expiresAt: now + life });
}

const down = () => Promise.reject(new MountError("store_unavailable", "no answer"));
const refuse = () => Promise.reject(new MountError("identity_rejected", "no such identity"));
const textOf = async (login: () => Promise<AccessToken>) => (await tokens.get("k", never, login)).token.revealText();

describe("KeptTokens", () => {
  test("keeps a token until five minutes before its end", async () => {
    expect(await textOf(token("one"))).toBe("one");
    await clock.advance(54 * minute);
    expect(await textOf(token("two"))).toBe("one");
    await clock.advance(minute);
    expect(await textOf(token("two"))).toBe("two");
    expect(told).toEqual(["ok", "ok"]);
  });

  test("lets a token serve to its end while no answer comes, and tells of each login", async () => {
    await textOf(token("one"));
    await clock.advance(56 * minute);
    const held = await tokens.get("k", never, down);
    expect([held.token.revealText(), held.kept]).toEqual(["one", true]);
    await clock.advance(4 * minute);
    await expect(textOf(down)).rejects.toMatchObject({ reason: "store_unavailable" });
    expect(told).toEqual(["ok", "store_unavailable", "store_unavailable"]);
  });

  test("does not let a token serve on when the identity is refused", async () => {
    await textOf(token("one"));
    await clock.advance(56 * minute);
    await expect(textOf(refuse)).rejects.toMatchObject({ reason: "identity_rejected" });
  });

  test("forgets a token that was dropped", async () => {
    (await tokens.get("k", never, token("one"))).drop();
    expect(await textOf(token("two"))).toBe("two");
  });

  test("gives nobody the token of another key", async () => {
    await textOf(token("one"));
    const other = await tokens.get("other", never, token("two"));
    expect(other.token.revealText()).toBe("two");
  });

  test("tries for itself where another pod's login under way is refused", async () => {
    let refuseFirst: (error: MountError) => void = () => undefined;
    const first = tokens.get("k", never, () => new Promise((_, reject) => (refuseFirst = reject)));
    const second = tokens.get("k", never, token("two"));
    refuseFirst(new MountError("identity_rejected", "no such identity"));
    await expect(first).rejects.toMatchObject({ reason: "identity_rejected" });
    expect((await second).token.revealText()).toBe("two");
  });
});
