import { findPathConflicts } from "../../model/path-conflicts.ts";
import type { MountResponse } from "../../wire/provider.ts";
import { finalCodes, type MountEnd, type Probe } from "../probe.ts";
import { must } from "../target.ts";
import type { Rule } from "../rule.ts";

/** A rule over every Mount that the rules before it made. */
function always(id: string, says: string, problemOf: (end: MountEnd) => string | undefined): Rule {
  const check = (probe: Probe) => {
    for (const end of probe.ends) {
      const problem = end.cancelled ? undefined : problemOf(end);
      must(problem === undefined, problem ?? "");
    }
    return Promise.resolve();
  };
  return { id, says, needs: [], check };
}

/** As `always`, over the answers of Mounts that succeeded. */
function everyAnswer(id: string, says: string, problemOf: (answer: MountResponse) => string | undefined): Rule {
  return always(id, says, ({ answer }) => (answer === undefined ? undefined : problemOf(answer)));
}

function isNotFinal({ code }: MountEnd): string | undefined {
  if (code === 0 || finalCodes.includes(code)) return undefined;
  return `a Mount ended with code ${code}, which lets a pod start with an empty volume`;
}

async function tellsNoSecret(probe: Probe): Promise<void> {
  const values = [...probe.target.expected.values()].map((bytes) => Buffer.from(bytes).toString("utf8"));
  // Shorter ones are parts of ordinary words.
  const secrets = [...probe.secrets(), ...values].filter((secret) => secret.length >= 5);
  const told = probe.ends.some(({ message }) => secrets.some((secret) => message.includes(secret)));
  must(!told, "a message holds a token or a value");
  return Promise.resolve();
}

async function keepsShape(probe: Probe): Promise<void> {
  const shape = ({ files }: MountResponse) => JSON.stringify(files.map(({ path }) => path).toSorted());
  const first = await probe.mounted(probe.request(probe.valid));
  must(shape(await probe.mounted(probe.request(probe.valid))) === shape(first), "two equal mounts have other paths");
}

/** The driver's traps, and what no Mount may ever do. They run last. */
export const trapRules: readonly Rule[] = [
  { id: "A43", says: "no message holds a secret", needs: [], check: tellsNoSecret },
  always("T1", "no Mount ends with code 1, 4, 8, 10 or 14", isNotFinal),
  everyAnswer("T6", "no success without files", ({ files }) =>
    files.length === 0 ? "an answer has no files" : undefined,
  ),
  everyAnswer("T7", "no success without object versions", ({ objectVersion }) =>
    objectVersion.length === 0 ? "an answer has no object_version" : undefined,
  ),
  everyAnswer("T8", "no path is both a file and a folder", ({ files }) => {
    const paths = files.map(({ path }) => path);
    return findPathConflicts(paths).length > 0
      ? "an answer has one path twice, or a file where another has a folder"
      : undefined;
  }),
  everyAnswer("T9", "no path is the volume itself", ({ files }) =>
    files.some(({ path }) => path === "." || path === "") ? "an answer has the path of the volume itself" : undefined,
  ),
  { id: "T10", says: "one manifest always has the same paths", needs: ["valid"], check: keepsShape },
  everyAnswer("T11", "every file's mode lets somebody read it", ({ files }) => {
    const wrong = files.find(({ mode }) => mode <= 0 || mode > 0o777);
    return wrong === undefined ? undefined : `file ${JSON.stringify(wrong.path)} has the mode ${wrong.mode}`;
  }),
];

/** Traps that a rule of another name holds. */
export const heldByOthers: Readonly<Record<string, string>> = {
  T3: "A37",
  T4: "A40",
  T5: "A41",
  T12: "A5",
  T13: "A34",
  T15: "A25",
  T16: "A12",
};

/** Traps that cannot be seen from a socket, and who must keep clear of them. */
export const unseen: Readonly<Record<string, string>> = {
  T2: "how often a store is asked is seen at the store",
  T14: "whether people hear of a failed rotation is seen in the provider's log, metrics or Events",
};
