import type { Probe } from "../probe.ts";
import { must } from "../target.ts";
import type { Rule } from "../rule.ts";

/** Mounts that hang while Version is asked. */
const hanging = 200;

async function answersAtOnce(probe: Probe): Promise<void> {
  const stop = new AbortController();
  const slow = probe.volumes("slow").slice(0, 1);
  const hung = slow.flatMap((volume) =>
    Array.from({ length: hanging }, () => probe.mount(probe.request(volume), { signal: stop.signal })),
  );
  const start = probe.clock.monotonic();
  const answer = await probe.version("v1alpha1");
  const took = probe.clock.monotonic() - start;
  stop.abort();
  await Promise.all(hung);
  must(answer.version === "v1alpha1", `Version answers ${JSON.stringify(answer.version)}, not v1alpha1`);
  must(answer.runtimeName !== "", "Version names no provider");
  must(/^v?\d+\.\d+\.\d+/.test(answer.runtimeVersion), "Version's runtime_version is no semantic version");
  must(took < 1000, `Version took ${Math.round(took)} ms`);
}

async function ignoresTheCaller(probe: Probe): Promise<void> {
  const usual = JSON.stringify(await probe.version("v1alpha1"));
  for (const text of ["v2", ""]) {
    must(JSON.stringify(await probe.version(text)) === usual, `Version answers otherwise when asked for "${text}"`);
  }
}

async function staysUp(probe: Probe): Promise<void> {
  const unknown = await probe.send("Unmount", Buffer.alloc(0));
  must(unknown.code === 12, `an unknown method ends with code ${unknown.code}, not UNIMPLEMENTED`);
  const broken = await probe.send("Mount", Buffer.from([0x0a, 0xff, 0xff]));
  must(broken.code === 13 || broken.code === 3, `octets that are no message end with code ${broken.code}`);
  await probe.version("v1alpha1");
}

/** Rules about the service itself. */
export const versionRules: readonly Rule[] = [
  { id: "A1", says: "Version is instant, also while Mounts hang", needs: [], check: answersAtOnce },
  { id: "A2", says: "Version answers alike whatever version the caller names", needs: [], check: ignoresTheCaller },
  {
    id: "A38",
    says: "unknown methods and broken messages are refused, and the server stays up",
    needs: [],
    check: staysUp,
  },
];
