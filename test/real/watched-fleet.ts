import { startVault, vaultData, vaultJson, type FakeVault } from "../fakes/vault.ts";
import { startDaemon, type Daemon } from "../e2e/daemon.ts";
import { connectRaw, type RawClient } from "../e2e/raw-client.ts";
import { mountRequest, tokensKey } from "../e2e/requests.ts";

/** What the store does to the fleet. */
export type Weather = "fine" | "throttles" | "down" | "gone";

/** A daemon whose pods are mounted again and again, with a Vault server that does what it is told. */
export interface WatchedFleet {
  /** `HOST:PORT` of the daemon's metrics. */
  readonly target: string;
  /** Mounts every volume, again and again, for so many milliseconds. */
  run(milliseconds: number, weather: Weather): Promise<void>;
  stop(): Promise<void>;
}

/** Classes and how many pods have each. */
const classes = { "shop-db": 20, "shop-smtp": 8, "billing-api": 4 } as const;

/** Milliseconds between two Mounts of a volume. */
const pause = 1000;

/** Starts daemon and server. */
export async function startWatchedFleet(): Promise<WatchedFleet> {
  const vault = await startVault();
  vault.login.leaseDuration = 12;
  vault.login.renewable = false;
  const daemon = await startDaemon({
    flags: ["--serve", "vault", "--vault-addr", vault.url, "--mount-timeout", "5s"],
    config: "refresh: { interval: 2s, minInterval: 1s, firstMount: 1s, staleOnError: 8s }\n",
  });
  const client = connectRaw(daemon.socket("vault"));
  const volumes = Object.entries(classes).flatMap(([name, pods]) =>
    Array.from({ length: pods }, (_, index) => ({ name, pod: `${name}-${index}` })),
  );
  return {
    target: new URL(daemon.health).host,
    run: async (milliseconds, weather) => {
      change(vault, weather);
      const end = Date.now() + milliseconds;
      await Promise.all(
        volumes.map((volume, index) => mountUntil(client, volume, end, (index * pause) / volumes.length)),
      );
    },
    stop: () => stopAll(client, daemon, vault),
  };
}

function change(vault: FakeVault, weather: Weather): void {
  vault.faults.clear();
  vault.latency = 15;
  for (const name of Object.keys(classes)) vault.routes.set(`/v1/kv/${name}`, vaultData({ k: "v" }));
  if (weather === "down") vault.faults.status(503);
  if (weather === "throttles") {
    let asked = 0;
    const some = () =>
      (asked += 1) % 2 === 0 ? vaultData({ k: "v" }) : vaultJson({ errors: ["quota exceeded"] }, 429);
    vault.routes.set("/v1/kv/shop-db", some);
  }
  if (weather === "gone") vault.routes.set("/v1/kv/billing-api", vaultJson({ errors: [] }, 404));
}

async function mountUntil(
  client: RawClient,
  { name, pod }: { readonly name: string; readonly pod: string },
  end: number,
  offset: number,
): Promise<void> {
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  await sleep(offset);
  while (Date.now() < end) {
    const parameters = {
      stores: undefined,
      roleName: "shop",
      secretProviderClass: name,
      objects: `- { objectName: f, secretPath: kv/${name}, secretKey: k }`,
      [tokensKey]: JSON.stringify({ vault: { token: `jwt-of-${pod}` } }),
    };
    await client.mount(mountRequest({ address: "", pod, serviceAccount: name, more: parameters }));
    await sleep(pause * (0.8 + Math.random() * 0.4));
  }
}

async function stopAll(client: RawClient, daemon: Daemon, vault: FakeVault): Promise<void> {
  client.close();
  await daemon.stop();
  await vault.close();
}
