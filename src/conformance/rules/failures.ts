import { finalCodes, type Probe } from "../probe.ts";
import { must, type CaseName } from "../target.ts";
import type { Rule } from "../rule.ts";

/** What the store says becomes this code. */
function failsWith(id: string, says: string, name: CaseName, codes: readonly number[]): Rule {
  const check = async (probe: Probe) => {
    for (const volume of probe.volumes(name)) {
      const message = await probe.refused(probe.request(volume), codes);
      must(message !== "", "the status has no message");
    }
  };
  return { id, says, needs: [name], check };
}

async function heedsDeadline(probe: Probe): Promise<void> {
  const { code, took } = await probe.mount(probe.request(probe.volume("slow")), { deadline: 5000 });
  must(finalCodes.includes(code), `a store that never answers ends with code ${code} at a deadline of 5 s`);
  must(took < 5000, `it took ${Math.round(took)} ms`);
}

async function hasOwnLimit(probe: Probe): Promise<void> {
  const stop = new AbortController();
  const { patience } = probe.target;
  const timer = probe.clock.sleep(patience, stop.signal).then(
    () => stop.abort(),
    () => undefined,
  );
  const end = await probe.mount(probe.request(probe.volume("slow")), { deadline: undefined, signal: stop.signal });
  must(!end.cancelled, `a Mount without a deadline had not ended after ${patience / 1000} s`);
  must(finalCodes.includes(end.code), `a Mount without a deadline ends with code ${end.code}`);
  stop.abort();
  await timer;
}

async function survivesCancel(probe: Probe): Promise<void> {
  const stop = new AbortController();
  const hung = probe.mount(probe.request(probe.volume("slow")), { signal: stop.signal });
  await probe.clock.sleep(200, new AbortController().signal);
  stop.abort();
  await hung;
  await probe.mounted(probe.request(probe.valid));
}

async function namesLimit(probe: Probe): Promise<void> {
  const codes = finalCodes.filter((code) => code !== 3);
  const message = await probe.refused(probe.request(probe.volume("too-large")), codes);
  must(message.includes("max-call-recv-msg-size"), "the message does not name the driver's --max-call-recv-msg-size");
  must(/\d{5,}/.test(message), "the message does not name the size");
}

async function asksAgain(probe: Probe): Promise<void> {
  const request = probe.request(probe.volume("missing"));
  for (let attempt = 0; attempt < 2; attempt += 1) await probe.refused(request, finalCodes);
}

/** Pods that mount at once, as after a node's restart. */
const crowd = 250;

async function servesCrowd(probe: Probe): Promise<void> {
  const ends = await Promise.all(
    Array.from({ length: crowd }, (_, index) => {
      const name = `conformance-${index}`;
      const pod = { ...probe.valid.pod, name, uid: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}` };
      return probe.mount(probe.request({ ...probe.valid, pod }));
    }),
  );
  const failed = ends.filter(({ code }) => code !== 0);
  must(failed.length === 0, `${failed.length} of ${crowd} failed, the first with code ${failed[0]?.code ?? 0}`);
}

async function tellsAccountsApart(probe: Probe): Promise<void> {
  await probe.mounted(probe.request(probe.valid));
  const serviceAccount = probe.target.otherAccount ?? "";
  const pod = { ...probe.valid.pod, serviceAccount, uid: "00000000-0000-4000-8000-999999999999" };
  await probe.refused(probe.request({ ...probe.valid, pod }), [7, 16]);
}

async function tellsSocketsApart(probe: Probe): Promise<void> {
  const request = probe.request(probe.valid);
  const own = await probe.mounted(request);
  const other = await probe.mount(request, { socket: probe.target.otherSocket ?? "" });
  const same = JSON.stringify(other.answer?.files) === JSON.stringify(own.files);
  must(!same, "both sockets give the same files");
}

/** Rules about stores that fail, and about many pods. */
export const failureRules: readonly Rule[] = [
  failsWith("A7", "a missing object is NOT_FOUND, without any file", "missing", [5]),
  failsWith("A8", "a refusal of the store is PERMISSION_DENIED", "denied", [7]),
  failsWith("A9", "a refused login is UNAUTHENTICATED", "unauthenticated", [16]),
  failsWith("A10", "an outage is a final code before the caller's deadline", "unavailable", finalCodes),
  { id: "A11", says: "a final code comes before the caller's deadline", needs: ["slow"], check: heedsDeadline },
  { id: "A12", says: "a Mount without a deadline has the provider's own limit", needs: ["slow"], check: hasOwnLimit },
  { id: "A13", says: "a cancelled Mount harms nobody", needs: ["slow", "valid"], check: survivesCancel },
  {
    id: "A24",
    says: "what is too large is a final code that names size and flag",
    needs: ["too-large"],
    check: namesLimit,
  },
  { id: "A35", says: "250 pods at once all mount", needs: ["valid"], check: servesCrowd },
  {
    id: "A36",
    says: "an answer is not shared with an account that may not read it",
    needs: ["valid", "other-account"],
    check: tellsAccountsApart,
  },
  { id: "A39", says: "each socket is its own provider", needs: ["valid", "other-socket"], check: tellsSocketsApart },
  {
    id: "A45",
    says: "a repeated Mount reaches the provider again, and does not succeed by being repeated",
    needs: ["missing"],
    check: asksAgain,
  },
];
