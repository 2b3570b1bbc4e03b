import type { PodVolume } from "../../driver/request.ts";
import { finalCodes, type Probe } from "../probe.ts";
import { must, type CaseName, type Need } from "../target.ts";
import type { Rule } from "../rule.ts";

const invalidArgument = [3];
const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";

/** Marks what was sent, so that an echo is seen. */
const canary = "conformance-canary-7f3a";

async function refusesAttributes(probe: Probe): Promise<void> {
  const texts = ["", "{", "[]", "null", '{"objects":5}', `{"objects":"${canary}`, `["${canary}"]`];
  for (const attributes of texts) {
    const message = await probe.refused({ ...emptyRequest, attributes }, invalidArgument);
    must(!message.includes(canary), "the message repeats the attributes");
  }
}

const emptyRequest = {
  attributes: "{}",
  secrets: "null",
  targetPath: "/var/lib/kubelet/pods/u/volumes/kubernetes.io~csi/v/mount",
  permission: "420",
  currentObjectVersion: [],
};

async function refusesSecrets(probe: Probe): Promise<void> {
  for (const secrets of ["{", "[]", `{"${canary}`, `["${canary}"]`]) {
    const message = await probe.refused(probe.request(probe.valid, { secrets }), invalidArgument);
    must(!message.includes(canary), "the message repeats the secrets");
  }
}

async function defaultsPermission(probe: Probe): Promise<void> {
  for (const permission of ["", "abc"]) {
    const { code, answer } = await probe.mount(probe.request(probe.valid, { permission }));
    must(code === 0 || code === 3, `permission "${permission}" ends with code ${code}`);
    must(answer?.files.every(({ mode }) => mode !== 0) ?? true, "a file has mode 0, which no user but root can read");
  }
}

async function ignoresTarget(probe: Probe): Promise<void> {
  const { code } = await probe.mount(probe.request(probe.valid, { targetPath: "" }));
  must(code === 0 || code === 3, `an empty target_path ends with code ${code}`);
}

async function takesLongParameter(probe: Probe): Promise<void> {
  const { spc } = probe.valid;
  const parameters = new Map([...spc.parameters, ["padding", "x".repeat(1 << 20)]]);
  const { code, took } = await probe.mount(probe.request({ ...probe.valid, spc: { ...spc, parameters } }));
  must(code === 0 || finalCodes.includes(code), `a parameter of 1 MiB ends with code ${code}`);
  must(took < 5000, `a parameter of 1 MiB takes ${Math.round(took)} ms`);
}

/** The volume with other tokens; undefined for none. */
function withTokens(probe: Probe, volume: PodVolume, tokens: unknown) {
  const request = probe.request(volume);
  const attributes: unknown = JSON.parse(request.attributes);
  const changed = { ...(typeof attributes === "object" ? attributes : {}), [tokensKey]: tokens };
  return { ...request, attributes: JSON.stringify(changed) };
}

async function asksForToken(probe: Probe): Promise<void> {
  const message = await probe.refused(withTokens(probe, probe.volume("token"), undefined), [9, 16]);
  must(message.includes("tokenRequests"), "the message does not name the CSIDriver's tokenRequests");
}

async function namesAudiences(probe: Probe): Promise<void> {
  const other = JSON.stringify({
    "conformance-audience": { token: canary, expirationTimestamp: "2100-01-01T00:00:00Z" },
  });
  const message = await probe.refused(withTokens(probe, probe.volume("token"), other), [9, 16]);
  must(message.includes("conformance-audience"), "the message does not list the audiences that are there");
  must(!message.includes(canary), "the message holds a token");
}

async function refusesTokens(probe: Probe): Promise<void> {
  const broken = [canary, JSON.stringify({ vault: { expirationTimestamp: canary } })];
  for (const tokens of broken) {
    const message = await probe.refused(withTokens(probe, probe.volume("token"), tokens), [3, 7, 9, 16]);
    must(!message.includes(canary), "the message repeats the tokens");
  }
}

/** Every manifest of a case is refused with INVALID_ARGUMENT. */
function invalid(id: string, says: string, name: CaseName): Rule {
  const check = async (probe: Probe) => {
    for (const volume of probe.volumes(name)) {
      const message = await probe.refused(probe.request(volume), invalidArgument);
      must(message !== "", "the status has no message");
    }
  };
  return { id, says, needs: [name], check };
}

const token: readonly Need[] = ["token", "tokens"];

/** Rules about requests that must be refused, or taken with care. */
export const requestRules: readonly Rule[] = [
  { id: "A14", says: "malformed attributes are INVALID_ARGUMENT, not repeated", needs: [], check: refusesAttributes },
  { id: "A15", says: "malformed secrets are INVALID_ARGUMENT, not repeated", needs: ["valid"], check: refusesSecrets },
  { id: "A16", says: "a permission that is none never makes mode 0", needs: ["valid"], check: defaultsPermission },
  { id: "A17", says: "an empty target_path is taken or refused", needs: ["valid"], check: ignoresTarget },
  invalid("A18", "a manifest that the language does not allow is INVALID_ARGUMENT", "invalid"),
  invalid("A19", "a manifest without objects is INVALID_ARGUMENT", "empty"),
  invalid("A20", "paths that the driver refuses are INVALID_ARGUMENT", "bad-path"),
  invalid("A21", "a path that is a file and a folder is INVALID_ARGUMENT", "conflict"),
  invalid("A23", "a file mode that is none is INVALID_ARGUMENT", "bad-mode"),
  { id: "A30", says: "a missing token is refused, naming tokenRequests", needs: token, check: asksForToken },
  {
    id: "A31",
    says: "a missing audience is refused, listing those that are there",
    needs: token,
    check: namesAudiences,
  },
  { id: "A33", says: "malformed tokens are refused, not repeated", needs: token, check: refusesTokens },
  { id: "A44", says: "a parameter of 1 MiB is no burden", needs: ["valid"], check: takesLongParameter },
];
