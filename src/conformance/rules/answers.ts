import type { PodVolume } from "../../driver/request.ts";
import type { MountResponse } from "../../wire/provider.ts";
import { filesText, versionsText, type Probe } from "../probe.ts";
import { must } from "../target.ts";
import type { Rule } from "../rule.ts";

const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";

/** Every expected file that is there must have its bytes; gives how many were there. */
function compareExpected(probe: Probe, { files }: MountResponse): number {
  const found = files.filter(({ path }) => probe.target.expected.has(path));
  for (const { path, contents } of found) {
    const same = contents.equals(probe.target.expected.get(path) ?? Buffer.alloc(0));
    must(same, `file ${JSON.stringify(path)} has other bytes than expected`);
  }
  return found.length;
}

async function mountsValid(probe: Probe): Promise<void> {
  const answer = await probe.mounted(probe.request(probe.valid));
  must(answer.files.length > 0, "there is no file");
  compareExpected(probe, answer);
}

/** Each request must give the files of the usual one. */
async function sameFiles(probe: Probe, variants: readonly Parameters<Probe["request"]>[1][]): Promise<void> {
  const usual = filesText(await probe.mounted(probe.request(probe.valid)));
  for (const change of variants) {
    const other = filesText(await probe.mounted(probe.request(probe.valid, change)));
    must(other === usual, "the files are others than those of the usual request");
  }
}

function attributesOf(probe: Probe, volume: PodVolume): Record<string, unknown> {
  const attributes: unknown = JSON.parse(probe.request(volume).attributes);
  return typeof attributes === "object" && attributes !== null ? { ...attributes } : {};
}

/** The secrets map as it is with tokens in it (CSIDriver serviceAccountTokenInSecrets). */
function tokenSecrets(probe: Probe, volume: PodVolume): string {
  return JSON.stringify({ [tokensKey]: attributesOf(probe, volume)[tokensKey] });
}

async function exactBytes(probe: Probe): Promise<void> {
  const compared = compareExpected(probe, await probe.mounted(probe.request(probe.volume("binary"))));
  must(compared > 0, "no file has the path of an --expect");
}

async function oldRotation(probe: Probe): Promise<void> {
  const { secretProviderClass, "csi.storage.k8s.io/ephemeral": ephemeral, ...rest } = attributesOf(probe, probe.valid);
  must(secretProviderClass !== undefined && ephemeral !== undefined, "the driver's request lacks its own attributes");
  await sameFiles(probe, [{ attributes: JSON.stringify(rest), secrets: "{}" }]);
}

async function sameVersions(probe: Probe): Promise<void> {
  const first = await probe.mounted(probe.request(probe.valid));
  const second = await probe.mounted(probe.request(probe.valid));
  must(versionsText(first) === versionsText(second), "two equal mounts have other object versions");
  if (probe.target.control === undefined) return;
  await probe.control.restart();
  const third = await probe.mounted(probe.request(probe.valid));
  must(versionsText(first) === versionsText(third), "the object versions are others after a restart");
}

async function changedVersion(probe: Probe): Promise<void> {
  const before = await probe.mounted(probe.request(probe.valid));
  await probe.control.change();
  const after = await probe.mounted(probe.request(probe.valid));
  must(filesText(before) !== filesText(after), "the changed content is not mounted");
  must(versionsText(before) !== versionsText(after), "the content changed and no object version did");
}

async function fullSet(probe: Probe): Promise<void> {
  const { objectVersion } = await probe.mounted(probe.request(probe.valid));
  await sameFiles(probe, [{ currentObjectVersion: objectVersion }]);
}

async function strangeVersions(probe: Probe): Promise<void> {
  const strange = [
    { id: "", version: "" },
    { id: "unknown", version: "1" },
    { id: "unknown", version: "2" },
  ];
  await sameFiles(probe, [{ currentObjectVersion: strange }]);
}

async function inFolder(probe: Probe): Promise<void> {
  const { files } = await probe.mounted(probe.request(probe.volume("nested")));
  must(
    files.some(({ path }) => path.includes("/")),
    "no file lies in a folder",
  );
}

async function overridden(probe: Probe): Promise<void> {
  const { spc } = probe.valid;
  const spoilt = new Map([...spc.parameters].map(([name]) => [name, "overridden"] as const));
  const volume = { ...probe.valid, spc: { ...spc, parameters: spoilt }, volumeAttributes: spc.parameters };
  const usual = filesText(await probe.mounted(probe.request(probe.valid)));
  must(filesText(await probe.mounted(probe.request(volume))) === usual, "the merged parameters are not used");
}

/** Rules about Mounts that succeed. */
export const answerRules: readonly Rule[] = [
  { id: "A3", says: "a valid manifest mounts, by all of the driver's rules", needs: ["valid"], check: mountsValid },
  {
    id: "A4",
    says: "secrets may be an empty object or an empty text",
    needs: ["valid"],
    check: (probe) => sameFiles(probe, [{ secrets: "{}" }, { secrets: "" }]),
  },
  {
    id: "A5",
    says: "secrets that hold the tokens only are no credential",
    needs: ["valid", "tokens"],
    check: (probe) => sameFiles(probe, [{ secrets: tokenSecrets(probe, probe.valid) }]),
  },
  { id: "A6", says: "bytes arrive as they are", needs: ["binary", "expected"], check: exactBytes },
  { id: "A22", says: "a file may lie in a folder", needs: ["nested"], check: inFolder },
  { id: "A25", says: "equal content has equal versions, also after a restart", needs: ["valid"], check: sameVersions },
  { id: "A26", says: "changed content has a changed version", needs: ["valid", "control"], check: changedVersion },
  { id: "A27", says: "the whole set comes, whatever is mounted already", needs: ["valid"], check: fullSet },
  { id: "A28", says: "strange current_object_version entries are ignored", needs: ["valid"], check: strangeVersions },
  {
    id: "A29",
    says: "rotations of drivers before 1.6, with fewer attributes, mount alike",
    needs: ["valid"],
    check: oldRotation,
  },
  {
    id: "A32",
    says: "tokens may come in the secrets alone",
    needs: ["token", "tokens"],
    check: async (probe) => {
      const volume = probe.volume("token");
      const { [tokensKey]: tokens, ...rest } = attributesOf(probe, volume);
      const secrets = JSON.stringify({ [tokensKey]: tokens });
      await probe.mounted(probe.request(volume, { attributes: JSON.stringify(rest), secrets }));
    },
  },
  { id: "A34", says: "volume attributes override parameters", needs: ["valid"], check: overridden },
  {
    id: "A37",
    says: "the socket's path as :authority, which drivers before 1.6 send, is taken",
    needs: ["valid"],
    check: async (probe) => {
      await probe.mounted(probe.request(probe.valid), { authority: probe.target.socket });
    },
  },
];
