import { createHash } from "node:crypto";
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import type { KubeletToken, PodVolume } from "../../driver/request.ts";
import type { PublishSecrets } from "../../model/pod.ts";
import { Secret } from "../../model/secret.ts";
import { goBase64 } from "../../text/go/base64.ts";
import { follow, isNothing, pairsOf, scalarText } from "../../text/yaml/nodes.ts";
import type { YamlNode } from "../../text/yaml/syntax/node.ts";
import { documentsWithContent, readYaml } from "../../text/yaml/yaml.ts";
import { UsageError } from "../command.ts";
import { readManifests } from "../lint/manifest.ts";
import { isRefusedByCluster } from "../lint/rules.ts";
import type { ProviderClass } from "../lint/provider-class.ts";
import { systemProblem } from "../../model/system-error.ts";

/** What the words of `keyferry mount` say about the volume. Paths are as given; a file `-` is standard input. */
export interface MountInput {
  /** Manifest file. */
  readonly file: string;
  /** Which SecretProviderClass of the file; needed where it holds several. */
  readonly name?: string | undefined;
  /** Default: the manifest's own, else `default`. */
  readonly namespace?: string | undefined;
  /** Name of the pod; default `keyferry-mount`. */
  readonly pod?: string | undefined;
  /** Default `default`. */
  readonly serviceAccount?: string | undefined;
  /** `AUDIENCE=FILE` each. */
  readonly tokens: readonly string[];
  /** YAML file: a Kubernetes Secret, or a map of texts. */
  readonly secrets?: string | undefined;
  /** Only tells one volume from another here. */
  readonly target: string;
}

/** The volume to play the driver for, and the provider that its manifest names. */
export interface ReadInput {
  readonly provider: string;
  readonly volume: PodVolume;
}

/** Lifetime given to a token that does not tell its own, in milliseconds. */
const assumedLifetime = 3_600_000;

/** Reads every file that the input names. `now`: milliseconds since 1970. Throws UsageError. */
export async function readMountInput(input: MountInput, now: number): Promise<ReadInput> {
  const manifest = await readManifest(input.file, input.name);
  const namespace = input.namespace ?? manifest.namespace ?? "default";
  const name = input.pod ?? "keyferry-mount";
  const serviceAccount = input.serviceAccount ?? "default";
  const pod = { name, namespace, uid: uidOf([namespace, name, input.target]), serviceAccount };
  const secrets = input.secrets === undefined ? undefined : await readSecrets(input.secrets);
  return {
    provider: manifest.provider,
    volume: {
      spc: { name: manifest.name, parameters: manifest.parameters },
      pod,
      tokens: await readTokens(input.tokens, now),
      ...(secrets === undefined ? {} : { secrets }),
    },
  };
}

async function readText(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file === "-" ? "/dev/stdin" : file, "utf8");
  } catch (error) {
    throw new UsageError(`${flag} ${file} cannot be read: ${systemProblem(error)}`);
  }
}

async function readManifest(file: string, name: string | undefined): Promise<ProviderClass> {
  const { classes, mistakes, broken } = readManifests(await readText("-f", file));
  const refuse = (list: typeof mistakes): void => {
    const lines = list.filter(isRefusedByCluster).map(({ line, column, field, problem, fix }) => {
      return `\n${file}:${line}:${column}: ${field === undefined ? "" : `field ${field}: `}${problem}; ${fix}`;
    });
    if (lines.length > 0) throw new UsageError(`the manifest is not usable${lines.join("")}`);
  };
  if (broken || classes.length === 0) refuse(mistakes);
  const manifest = chooseManifest(file, classes, name);
  refuse(mistakes);
  refuse(manifest.mistakes);
  return manifest;
}

function chooseManifest(file: string, manifests: readonly ProviderClass[], name: string | undefined): ProviderClass {
  const names = manifests.map((one) => one.name).join(", ");
  const candidates = name === undefined ? manifests : manifests.filter((one) => one.name === name);
  const [manifest, another] = candidates;
  if (manifest !== undefined && another === undefined) return manifest;
  if (manifests.length === 0) throw new UsageError(`${file} holds no SecretProviderClass`);
  if (manifest === undefined) throw new UsageError(`${file} has no SecretProviderClass ${name ?? ""}; it has ${names}`);
  const fix = name === undefined ? "choose one with --name" : "keep one of that name";
  throw new UsageError(`${file} holds several SecretProviderClasses (${names}); ${fix}`);
}

async function readTokens(words: readonly string[], now: number): Promise<ReadonlyMap<string, KubeletToken>> {
  const tokens = new Map<string, KubeletToken>();
  for (const word of words) {
    const [, audience, file] = /^([^=]*)=(.+)$/s.exec(word) ?? [];
    // A word of another form may be a token itself, so it is not repeated.
    if (audience === undefined || file === undefined) throw new UsageError("--token is AUDIENCE=FILE");
    if (tokens.has(audience)) throw new UsageError(`--token names the audience ${JSON.stringify(audience)} twice`);
    const token = (await readText("--token", file)).trim();
    if (token === "") throw new UsageError(`--token ${file} is empty`);
    const expirationTimestamp = new Date(expiryOf(token) ?? now + assumedLifetime).toISOString();
    tokens.set(audience, {
      token: Secret.fromText(token),
      expirationTimestamp: expirationTimestamp.replace(/\.\d+Z$/, "Z"),
    });
  }
  return tokens;
}

/** What a JWT says of its own end, in milliseconds since 1970. */
function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    const { exp } = claims as { readonly exp?: unknown };
    return typeof exp === "number" && exp > 0 && exp < 1e11 ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

async function readSecrets(file: string): Promise<PublishSecrets> {
  const { documents, problems } = readYaml(await readText("--secrets", file), "any");
  const [problem] = problems;
  if (problem !== undefined) {
    throw new UsageError(`--secrets ${file}:${problem.line}:${problem.column}: ${problem.message}`);
  }
  const [document, another] = documentsWithContent(documents);
  if (document === undefined || another !== undefined) throw new UsageError(`--secrets ${file} is not one document`);
  const top = fieldsOf(document.root, `--secrets ${file}`);
  if (scalarText(top.get("kind")) !== "Secret") return asSecrets(top, file, (text) => Buffer.from(text, "utf8"));
  const part = (name: string) => fieldsOf(top.get(name), `--secrets ${file}: ${name}`);
  return new Map([
    ...asSecrets(part("data"), file, fromBase64),
    ...asSecrets(part("stringData"), file, (text) => Buffer.from(text, "utf8")),
  ]);
}

function fieldsOf(node: YamlNode | undefined, place: string): ReadonlyMap<string, YamlNode> {
  const content = node === undefined || isNothing(node) ? undefined : follow(node);
  if (content === undefined) return new Map();
  if (content.kind !== "map") throw new UsageError(`${place} is not a map of texts`);
  return new Map(pairsOf(content).map(({ key, value }) => [key ?? "", value]));
}

function asSecrets(
  fields: ReadonlyMap<string, YamlNode>,
  file: string,
  decode: (text: string) => Buffer | undefined,
): PublishSecrets {
  const secrets = new Map<string, Secret>();
  for (const [name, node] of fields) {
    const text = isNothing(node) ? "" : scalarText(node);
    const bytes = text === undefined ? undefined : decode(text);
    if (bytes === undefined || !isUtf8(bytes)) {
      throw new UsageError(`--secrets ${file}: ${JSON.stringify(name)} is not a text (in base64 below data)`);
    }
    secrets.set(name, new Secret(bytes));
  }
  return secrets;
}

/** White space of any kind may break it up, as people wrap it. */
function fromBase64(text: string): Buffer | undefined {
  return goBase64(text.replace(/\s/g, ""));
}

/** One uid for one pod and target, so that a repeated command is a rotation of the same volume. */
function uidOf(parts: readonly string[]): string {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
