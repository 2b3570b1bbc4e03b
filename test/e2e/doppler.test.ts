import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { identity, startDoppler, type FakeDoppler } from "../fakes/doppler.ts";
import { podToken } from "../fakes/pod-token.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd } from "./raw-client.ts";
import { finalCodes, mountRequest, tokensKey } from "./requests.ts";

const value = "canary-doppler-value-9c41";

let doppler: FakeDoppler;
let daemon: Daemon;
let client: RawClient;
let native: RawClient;

beforeAll(async () => {
  doppler = await startDoppler();
  doppler.configs.get("prd")?.set("SECRET", value);
  const flags = ["--serve", "keyferry,doppler", "--doppler-hosts", doppler.url, "--mount-timeout", "3s"];
  daemon = await startDaemon({ flags: [...flags, "--log-level", "debug", "--doppler-min-interval", "1s"] });
  client = connectRaw(daemon.socket("doppler"));
  native = connectRaw(daemon.socket("keyferry"));
});

afterAll(async () => {
  client.close();
  native.close();
  await daemon.stop();
  await doppler.close();
});

beforeEach(() => {
  doppler.faults.clear();
  doppler.asked.length = 0;
});

interface Given {
  readonly pod?: string;
  readonly serviceAccount?: string;
  readonly secrets?: string;
}

function mount(
  parameters: Readonly<Record<string, string>>,
  { pod = "web-0", serviceAccount = "web", secrets = "null" }: Given = {},
): Promise<RawEnd> {
  const tokens = JSON.stringify({ [doppler.url]: { token: podToken(pod, "shop", serviceAccount) } });
  const more = { stores: undefined, objects: undefined, ...parameters, [tokensKey]: tokens };
  const on = "objects" in parameters ? native : client;
  return on.mount(mountRequest({ address: "", pod, serviceAccount, more }, { secrets }));
}

const login = { project: "shop", config: "prd", identity };
const shown = ({ files }: RawEnd) => files.map(({ path, mode, contents }) => [path, mode, contents.toString()]);

describe("the built daemon on doppler.sock", () => {
  test("gives listed secrets as files", async () => {
    const end = await mount({ ...login, secrets: "- SECRET\n- { name: J, jsonKey: user, path: u/user, mode: 0400 }" });
    expect([end.details, shown(end)]).toEqual([
      "",
      [
        ["SECRET", 420, value],
        ["u/user", 256, "admin"],
      ],
    ]);
    expect(end.versions.map(({ id }) => id)).toEqual(["SECRET", "J"]);
  });

  test("takes the service token of the volume's Secret, and writes Doppler's own form", async () => {
    const end = await mount({ format: "env" }, { secrets: JSON.stringify({ serviceToken: "dp.st.prd.canary" }) });
    expect(shown(end)).toEqual([["DOPPLER_SECRETS_FILE", 420, expect.stringContaining(`SECRET="${value}"\n`)]]);
  });

  test("asks once for 40 pods of one service account", async () => {
    const pods = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const ends = await Promise.all(pods.map((pod) => mount(login, { pod, serviceAccount: "forty" })));
    expect(ends.map(({ code }) => code)).toEqual(Array(40).fill(0));
    expect([doppler.count("/v3/auth/"), doppler.count("/v3/configs/")]).toEqual([1, 1]);
  });

  test("serves the native store on keyferry.sock", async () => {
    const stores = `- { name: d, kind: doppler, project: shop, config: prd, identity: ${identity} }`;
    const objects = "- { objectName: SECRET, objectAlias: s }\n- { find: { prefix: DOPPLER_ }, objectAlias: own }";
    const end = await mount({ stores, objects }, { serviceAccount: "native" });
    expect(shown(end).map(([path]) => path)).toEqual([
      "s",
      "own/DOPPLER_CONFIG",
      "own/DOPPLER_ENVIRONMENT",
      "own/DOPPLER_PROJECT",
    ]);
  });
});

describe("when Doppler fails", () => {
  test.each<[string, () => void]>([
    ["hangs", () => doppler.faults.hang()],
    ["throttles", () => doppler.faults.status(429, 1)],
    ["is down", () => doppler.faults.status(503)],
    ["sends a web page", () => doppler.faults.garbage()],
    ["sends too much", () => doppler.faults.huge()],
    ["cuts its answer", () => doppler.faults.cut()],
  ])(
    "and %s, the Mount fails with a final code and no file",
    async (name, fault) => {
      fault();
      const end = await mount(login, { serviceAccount: `fault-${name.replaceAll(/\W/gu, "")}` });
      expect(finalCodes).toContain(end.code);
      expect(end.files).toEqual([]);
      doppler.faults.clear();
      expect((await mount(login, { serviceAccount: "after" })).code).toBe(0);
    },
    60_000,
  );
});

test("nothing secret is in log, metrics, errors or versions", async () => {
  const secrets = JSON.stringify({ serviceToken: "dp.st.prd.canary" });
  const ends = [
    await mount({ secrets: "- SECRET" }, { secrets }),
    await mount({ secrets: "- NOPE" }, { secrets }),
    await mount({ secrets: "- { name: SECRET, encoding: base64 }" }, { secrets }),
    await mount({ ...login, config: "locked" }),
    await mount({ secrets: "- A" }, { secrets: JSON.stringify({ serviceToken: "dp.st.revoked.canary" }) }),
  ];
  expect(ends.map(({ code }) => code)).toEqual([0, 5, 9, 7, 16]);
  const metrics = await (await fetch(`${daemon.health}/metrics`)).text();
  const seen = [...ends.map(({ details, versions }) => details + JSON.stringify(versions)), metrics, daemon.output()];
  const canaries = [
    value,
    "dp.st.prd.canary",
    "dp.st.revoked.canary",
    "login-canary",
    podToken("web-0", "shop", "web"),
  ];
  expect(canaries.filter((canary) => seen.join("\n").includes(canary))).toEqual([]);
});
