import { finalCodes, type Probe } from "../probe.ts";
import { must } from "../target.ts";
import type { Rule } from "../rule.ts";

async function replacesDead(probe: Probe): Promise<void> {
  const started = await probe.control.startOver("dead");
  must(started !== undefined, "the provider does not start over a dead socket");
  must((started.mode & 0o077) === 0, `the socket's mode 0${(started.mode & 0o777).toString(8)} is wider than 0700`);
  await probe.mounted(probe.request(probe.valid));
}

async function leavesServed(probe: Probe): Promise<void> {
  must((await probe.control.startOver("served")) === undefined, "the provider starts over a socket that is served");
}

async function endsWell(probe: Probe): Promise<void> {
  const hung = probe.volumes("slow").map((volume) => probe.mount(probe.request(volume)));
  await probe.clock.sleep(300, new AbortController().signal);
  const { exit, left } = await probe.control.terminate();
  must(exit === 0, `SIGTERM ends the process with ${exit}`);
  must(!left, "the socket's file is left behind");
  for (const { code } of await Promise.all(hung)) {
    must(code === 0 || finalCodes.includes(code), `a Mount in flight ends with code ${code} at SIGTERM`);
  }
  await probe.control.restart();
}

/** Rules about the provider's process; only whoever can start and stop it can check them. */
export const processRules: readonly Rule[] = [
  {
    id: "A40",
    says: "a dead socket of its own name is replaced, with a narrow mode",
    needs: ["control", "valid"],
    check: replacesDead,
  },
  { id: "A41", says: "a served socket of its name is left alone", needs: ["control"], check: leavesServed },
  {
    id: "A42",
    says: "SIGTERM answers the Mounts in flight and removes the socket",
    needs: ["control"],
    check: endsWell,
  },
];
