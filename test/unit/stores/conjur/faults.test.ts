import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Reply } from "../../../fakes/small-server.ts";
import { textsOf } from "../../../fakes/mounting.ts";
import { listed, startCase, type StartedCase } from "./case.ts";

let one: StartedCase;

beforeEach(async () => {
  one = await startCase();
});

afterEach(() => one.close());

const good = "- f: db-credentials/url";
const json = (code: string) => JSON.stringify({ error: { code, message: "body-canary" } });
const batch = (values: object, headers: Readonly<Record<string, string>> = { "content-encoding": "base64" }): Reply => {
  return { headers, body: JSON.stringify(values) };
};

describe("the login is refused", () => {
  test.each([
    { status: 401, reason: "identity_rejected", code: 16, says: /CKCP031 401 Unauthorized.*login at authn-jwt\/kube/u },
    { status: 403, reason: "identity_refused", code: 7, says: /CKCP031 403 Forbidden.*login.*authenticate/u },
    { status: 404, reason: "identity_refused", code: 7, says: /CKCP031 404.*login.*authenticator/u },
    { status: 500, reason: "store_unavailable", code: 9, says: /CKCP031 500.*login/u },
    { status: 503, reason: "store_unavailable", code: 9, says: /CKCP031 503.*login/u },
    { status: 302, reason: "store_unavailable", code: 9, says: /CKCP031.*login.*302/u },
  ])("with $status", async ({ status, reason, code, says }) => {
    one.conjur.loginStatus = status;
    const error = await one.failure(listed(one.conjur, good));
    expect(error).toMatchObject({ reason, code });
    expect(error.text).toMatch(says);
    expect(one.conjur.count("/secrets")).toBe(0);
  });

  test("an outage is asked again, a refusal is not", async () => {
    one.conjur.loginStatus = 503;
    await one.failure(listed(one.conjur, good));
    expect(one.conjur.count("/authn-jwt")).toBeGreaterThan(2);
    const before = one.conjur.count("/authn-jwt");
    one.conjur.loginStatus = 401;
    await one.failure(listed(one.conjur, good), { serviceAccount: "other" });
    expect(one.conjur.count("/authn-jwt") - before).toBe(1);
  });
});

describe("a read is refused", () => {
  test.each<{ readonly is: string; readonly reply: Reply; readonly reason: string; readonly says: RegExp }>([
    {
      is: "403",
      reply: { status: 403 },
      reason: "access_denied",
      says: /CKCP031 403 Forbidden.*"db-credentials\/url"/u,
    },
    {
      is: "404 of Conjur",
      reply: { status: 404, body: json("not_found") },
      reason: "object_not_found",
      says: /CONJ00076E/u,
    },
    {
      is: "404 of a proxy",
      reply: { status: 404, body: "<html>" },
      reason: "store_unavailable",
      says: /not in the form/u,
    },
    { is: "404 of nobody", reply: { status: 404 }, reason: "store_protocol", says: /not in Conjur's words/u },
    { is: "406", reply: { status: 406, body: json("not_acceptable") }, reason: "object_unusable", says: /406/u },
    { is: "422", reply: { status: 422, body: json("unprocessable_entity") }, reason: "store_protocol", says: /422/u },
    { is: "500", reply: { status: 500 }, reason: "store_unavailable", says: /500.*reading/u },
    { is: "a redirect", reply: { status: 301 }, reason: "store_unavailable", says: /301/u },
    { is: "a web page", reply: { body: "<html>" }, reason: "store_protocol", says: /not in base64/u },
    { is: "no content encoding", reply: batch({}, {}), reason: "store_protocol", says: /not in base64/u },
    { is: "no JSON", reply: { ...batch({}), body: "{" }, reason: "store_protocol", says: /not JSON/u },
    { is: "a list", reply: { ...batch({}), body: "7" }, reason: "store_protocol", says: /not a map/u },
    { is: "another variable", reply: batch({ x: "eA==" }), reason: "store_protocol", says: /no value of/u },
    {
      is: "what is no base64",
      reply: batch({ "myacct:variable:db-credentials/url": "body-canary!" }),
      reason: "store_protocol",
      says: /no value of/u,
    },
  ])("with $is", async ({ reply, reason, says }) => {
    one.conjur.readReply = reply;
    const error = await one.failure(listed(one.conjur, good));
    expect(error).toMatchObject({ reason });
    expect(error.text).toMatch(says);
    expect(error.text).not.toMatch(/canary|html/u);
  });

  test.each(["hang", "cut", "huge", "garbage"] as const)(
    "the server does %s: a final code, and no file",
    async (fault) => {
      await one.mount(listed(one.conjur, good));
      one.conjur.faults[fault]();
      const error = await one.failure(listed(one.conjur, "- f: nl"));
      expect([9, 13]).toContain(error.code);
    },
  );
});

describe("one of many is refused", () => {
  const many = Array.from({ length: 40 }, (_, at) => `- f${at}: many/${at}`).join("\n");

  beforeEach(() => {
    for (let at = 0; at < 40; at += 1) one.conjur.variables.set(`many/${at}`, [Buffer.from(String(at))]);
  });

  test("every variable that is missing or denied is named, and nothing else", async () => {
    for (const id of ["many/3", "many/17"]) one.conjur.variables.delete(id);
    for (const id of ["many/9", "many/31"]) one.conjur.denied.add(id);
    const { text, reason } = await one.failure(listed(one.conjur, many));
    expect(reason).toBe("object_not_found");
    expect([...text.matchAll(/object \d+ "f(\d+)"/gu)].map(([, at]) => at)).toEqual(["3", "9", "17", "31"]);
    expect(text).toMatch(/CONJ00076E Variable myacct:variable:many\/17 is empty or not found/u);
    expect(one.conjur.count("/secrets/?")).toBeLessThan(40);
  });

  test("with all of them denied, few requests are under way at once", async () => {
    for (let at = 0; at < 40; at += 1) one.conjur.denied.add(`many/${at}`);
    one.conjur.latency = 5;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, one.conjur.faults.underWay())), 1);
    const { code } = await one.failure(listed(one.conjur, many));
    clearInterval(watch);
    expect(code).toBe(7);
    expect(most).toBeLessThanOrEqual(8);
  });

  test("an empty one is told as Conjur tells it", async () => {
    const { text, code } = await one.failure(listed(one.conjur, `${good}\n- g: unset`));
    expect([code, text]).toEqual([5, expect.stringMatching(/object 2 "g".*variable:unset is empty or not found/u)]);
  });
});

describe("access tokens", () => {
  const logins = () => one.conjur.count("/authn-jwt");

  test("one serves 40 pods of a service account, and one read", async () => {
    const pods = Array.from({ length: 40 }, (_, at) => one.mount(listed(one.conjur, good), { pod: `web-${at}` }));
    expect((await Promise.all(pods)).map(textsOf)).toEqual(Array(40).fill({ f: "https://db.com" }));
    expect([logins(), one.conjur.count("/secrets")]).toEqual([1, 1]);
  });

  test("each pod has its own where the authenticator maps its claims", async () => {
    const parameters = { ...listed(one.conjur, good), sessionPer: "pod" };
    await Promise.all(["web-0", "web-1"].map((pod) => one.mount(parameters, { pod })));
    expect([logins(), one.conjur.count("/secrets")]).toEqual([2, 2]);
  });

  test("one is replaced two minutes before its end, and serves on while logins fail", async () => {
    await one.mount(listed(one.conjur, good));
    await one.mounting.clock.advance(5 * 60_000);
    await one.mount(listed(one.conjur, good));
    expect(logins()).toBe(1);
    await one.mounting.clock.advance(70_000);
    one.conjur.loginStatus = 503;
    await one.mount(listed(one.conjur, "- g: nl"));
    expect(logins()).toBe(2);
    one.conjur.loginStatus = undefined;
    await one.mount(listed(one.conjur, "- h: bin"));
    expect(logins()).toBe(3);
  });

  test("one that is refused is replaced once", async () => {
    await one.mount(listed(one.conjur, good));
    one.conjur.revoke();
    await one.mounting.clock.advance(180_000);
    expect(textsOf(await one.mount(listed(one.conjur, good)))).toEqual({ f: "https://db.com" });
    expect(logins()).toBe(2);
  });

  test("where new ones are refused, too, the Mount fails after one more", async () => {
    await one.mount(listed(one.conjur, good));
    one.conjur.readReply = { status: 401 };
    const error = await one.failure(listed(one.conjur, "- g: nl"));
    expect(error).toMatchObject({ code: 16, text: expect.stringMatching(/CKCP031 401 Unauthorized.*reading/u) });
    expect(logins()).toBe(2);
  });

  test("a pod whose token is refused is given nothing by others", async () => {
    await one.mount(listed(one.conjur, good));
    one.conjur.refusedTokens.add("stolen");
    const tokens = JSON.stringify({ conjur: { token: "stolen" } });
    expect(await one.failure(listed(one.conjur, good), { tokens })).toMatchObject({ code: 16 });
  });
});
