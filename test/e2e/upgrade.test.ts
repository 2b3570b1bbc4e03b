import { existsSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { MountRequest, MountResponse } from "../../src/wire/provider.ts";
import { startBackend, type Backend } from "./backend.ts";
import { attributesOf } from "./requests.ts";
import { startStandby, type StandingDaemon } from "./standby.ts";

let backend: Backend;

beforeAll(async () => {
  backend = await startBackend();
});

afterAll(() => backend.close());

interface Load {
  /** Mounts that have ended, as `code:content`, by how often. */
  readonly ends: Map<string, number>;
  /** Ends every caller after its next answer. */
  stop(): Promise<void>;
}

/** The driver's own way of calling: one connection for good, calls wait for it, UNAVAILABLE is tried three times. */
function driverClient(socket: string): Client {
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: "1s",
    maxBackoff: "10s",
    backoffMultiplier: 1.1,
    retryableStatusCodes: ["UNAVAILABLE"],
  };
  return new Client(`unix:${socket}`, credentials.createInsecure(), {
    "grpc.default_authority": "localhost",
    "grpc.use_local_subchannel_pool": 1,
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [], methodConfig: [{ name: [{}], retryPolicy }] }),
  });
}

function mountOnce(client: Client, pod: string): Promise<string> {
  const request = {
    attributes: attributesOf({ address: backend.address, pod, objects: "- objectName: db\n" }),
    secrets: "null",
    targetPath: `/var/lib/kubelet/pods/${pod}/volumes/kubernetes.io~csi/secrets/mount`,
    permission: "420",
    currentObjectVersion: [],
  };
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      "/v1alpha1.CSIDriverProvider/Mount",
      (message: MountRequest) => MountRequest.encode(message),
      (octets: Buffer) => MountResponse.decode(octets),
      request,
      new Metadata({ waitForReady: true }),
      { deadline: Date.now() + 120_000 },
      (error: ServiceError | null, answer?: MountResponse) => {
        const file = answer?.files[0];
        resolve(`${error?.code ?? 0}:${error?.details ?? Buffer.from(file?.contents ?? []).toString()}`);
      },
    );
  });
}

/** So many pods mounting without a pause, each its own volume. */
function startLoad(socket: string, callers: number): Load {
  const client = driverClient(socket);
  const ends = new Map<string, number>();
  let stopped = false;
  const call = async (caller: number) => {
    for (let round = 0; !stopped; round += 1) {
      const end = await mountOnce(client, `pod-${caller}-${round % 10}`);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  };
  const running = Array.from({ length: callers }, (_, caller) => call(caller));
  return {
    ends,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      client.close();
    },
  };
}

async function mountsOf(health: string): Promise<number> {
  const text = await (await fetch(`${health}/metrics`)).text();
  return Number(/^keyferry_mounts_total\{dialect="keyferry",outcome="ok"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** The driver's connection comes back after its first pause of about a second. */
async function someMountsOf(daemon: StandingDaemon): Promise<void> {
  while ((await mountsOf(daemon.health())) < 50) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe("a rolling update", () => {
  test("under load fails no Mount: the new daemon stands by, ready, until the old one has gone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-up-"));
    const socket = join(folder, "keyferry.sock");
    let old = startStandby(folder, "0s");
    await old.says("ready");
    const load = startLoad(socket, 12);
    const answered: number[] = [];
    for (let update = 0; update < 3; update += 1) {
      const next = startStandby(folder, "1m");
      await next.says("standing by");
      expect((await fetch(`${next.health()}/readyz`)).status).toBe(200);
      await someMountsOf(old);
      answered.push(await mountsOf(old.health()));
      expect(await old.stop()).toBe(0);
      await next.says("ready");
      old = next;
    }
    await someMountsOf(old);
    await load.stop();
    answered.push(await mountsOf(old.health()));
    expect(await old.stop()).toBe(0);
    expect([...load.ends.keys()]).toEqual(["0:s3cret"]);
    expect(answered.filter((count) => count === 0)).toEqual([]);
    expect(existsSync(socket)).toBe(false);
  }, 60_000);

  test("takes over when the old daemon is killed, and replaces the file it left behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-up-"));
    const socket = join(folder, "keyferry.sock");
    const old = startStandby(folder, "0s");
    await old.says("ready");
    const before = statSync(socket).ino;
    const next = startStandby(folder, "1m");
    await next.says("standing by");
    expect(statSync(socket).ino).toBe(before);
    await old.kill();
    await next.says("ready");
    expect(statSync(socket).ino).not.toBe(before);
    expect(await next.stop()).toBe(0);
  });

  test("that never comes ends in an error which names the socket, and leaves it alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-up-"));
    const old = startStandby(folder, "0s");
    await old.says("ready");
    await expect(startStandby(folder, "200ms").says("ready")).rejects.toThrow(
      /exit 1.*another process serves .*\.sock/s,
    );
    expect(existsSync(join(folder, "keyferry.sock"))).toBe(true);
    expect(await old.stop()).toBe(0);
  });

  test("can be called off: a daemon that stands by ends at once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-up-"));
    const old = startStandby(folder, "0s");
    await old.says("ready");
    const next = startStandby(folder, "1m");
    await next.says("standing by");
    expect(await next.stop()).toBe(0);
    expect(existsSync(join(folder, "keyferry.sock"))).toBe(true);
    expect(await old.stop()).toBe(0);
  });
});
