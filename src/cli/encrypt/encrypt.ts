import { basename } from "node:path";
import { stringify } from "yaml";
import { ownParameters } from "../../dialects/keyferry/index.ts";
import { parseAgeRecipient } from "../../keys/age/recipients.ts";
import { MountError } from "../../model/error.ts";
import { pathProblem } from "../../model/file.ts";
import { formatNames, sealText, type FormatName, type Sealing } from "../../stores/sops/store.ts";

/** What `keyferry encrypt` was asked for. */
export interface EncryptOptions {
  /** Path of the plain file; `-` is standard input. */
  readonly file: string;
  readonly recipients: readonly string[];
  readonly as: "sops" | "secretproviderclass";
  readonly format: string | undefined;
  /** Which values are encrypted, by the name of the flag. */
  readonly rule: { readonly flag: Rule; readonly value: string } | undefined;
  readonly macOnlyEncrypted: boolean;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** Path of the file to write, which must not be there; standard output if left out. */
  readonly output: string | undefined;
}

type Rule = keyof typeof ruleFields;

/** The world as encrypt sees it. */
export interface EncryptIo {
  /** The bytes of a file, or of standard input for `-`. Rejects when it cannot be read. */
  read(file: string): Promise<Uint8Array>;
  /** Writes a new file as a whole. Rejects when it cannot, with the code `EEXIST` when it is there. */
  create(file: string, content: Uint8Array): Promise<void>;
  out(text: string): void;
  err(text: string): void;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Says why nothing was encrypted; the text is for the person at the terminal and holds nothing of the file. */
class EncryptProblem extends Error {}

const endings: readonly (readonly [RegExp, FormatName])[] = [
  [/\.ya?ml$/u, "yaml"],
  [/\.json$/u, "json"],
  [/\.env$/u, "dotenv"],
  [/\.ini$/u, "ini"],
];

/** The metadata's name of each rule. */
const ruleFields = {
  "encrypted-regex": "encrypted_regex",
  "unencrypted-regex": "unencrypted_regex",
  "encrypted-suffix": "encrypted_suffix",
  "unencrypted-suffix": "unencrypted_suffix",
} as const;

/** What a recipient of no known form is. */
const notARecipient = "is not an age recipient (age1…) or an SSH public key of type ed25519 or RSA";

/**
 * Encrypts a plain file for age recipients as a SOPS document, alone or in a SecretProviderClass. Gives the exit code:
 * 0 done, 1 failed, with nothing written.
 */
export async function encrypt(options: EncryptOptions, io: EncryptIo): Promise<0 | 1> {
  try {
    const format = formatOf(options);
    const recipients = await Promise.all(options.recipients.map(recipientOf));
    const { rule, macOnlyEncrypted } = options;
    const sealing: Sealing = {
      format,
      recipients,
      macOnlyEncrypted,
      now: io.now(),
      ...(rule === undefined ? {} : { rule: { field: ruleFields[rule.flag], text: rule.value } }),
    };
    const plain = await io.read(options.file).catch(() => {
      throw new EncryptProblem("the file cannot be read");
    });
    const sealed = await seal(plain, sealing);
    await write(options.as === "sops" ? sealed : classText(sealed, format, options), options.output, io);
    io.err(`encrypted as ${format} for ${recipients.length} recipient${recipients.length === 1 ? "" : "s"}\n`);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof EncryptProblem)) throw thrown;
    io.err(`${options.file}: ${thrown.message}\n`);
    return 1;
  }
}

function formatOf({ format, file }: EncryptOptions): FormatName {
  if (format === undefined) {
    if (file === "-") throw new EncryptProblem("say its form with --format");
    return endings.find(([ending]) => ending.test(file))?.[1] ?? "binary";
  }
  const known = formatNames.find((name) => name === format);
  if (known === undefined) throw new EncryptProblem(`--format is one of: ${formatNames.join(", ")}`);
  return known;
}

/** A private key given by mistake is not shown again. */
async function recipientOf(text: string, index: number) {
  const recipient = await parseAgeRecipient(text);
  if (recipient !== undefined) return recipient;
  throw new EncryptProblem(`recipient ${index + 1} ${notARecipient}`);
}

async function seal(plain: Uint8Array, sealing: Sealing): Promise<Uint8Array> {
  try {
    return await sealText(plain, sealing);
  } catch (thrown) {
    if (thrown instanceof MountError) throw new EncryptProblem(`it cannot be encrypted: ${thrown.message}`);
    throw thrown;
  }
}

async function write(content: Uint8Array, output: string | undefined, io: EncryptIo): Promise<void> {
  if (output === undefined) {
    io.out(Buffer.from(content).toString("utf8"));
    return;
  }
  await io.create(output, content).catch((thrown: unknown) => {
    const exists = typeof thrown === "object" && thrown !== null && "code" in thrown && thrown.code === "EEXIST";
    throw new EncryptProblem(exists ? `${output} is there already` : `${output} cannot be written`);
  });
}

/** A SecretProviderClass that carries the document and mounts it as one file of the plain file's name. */
function classText(sealed: Uint8Array, format: FormatName, options: EncryptOptions): Uint8Array {
  const { file, namespace } = options;
  const alias = file === "-" ? (options.name ?? "secret") : basename(file);
  const stem = alias.replace(/\.[^.]*$/u, "").toLowerCase();
  const name = options.name ?? (stem.replace(/[^a-z0-9-]+/gu, "-").replace(/^-+|-+$/gu, "") || "secret");
  if (pathProblem(alias) !== undefined) throw new EncryptProblem("its name cannot be the name of a file in a volume");
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/u.test(name)) {
    throw new EncryptProblem("the name of the SecretProviderClass must be lower-case letters, digits and -");
  }
  const parameter = ownParameters.includes(name) ? `${name}-document` : name;
  const spelled = format === "binary" || format === "dotenv" || format === "ini" ? { format } : {};
  const objects = [{ objectName: parameter, ...spelled, objectAlias: alias }];
  const manifest = {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: namespace === undefined ? { name } : { name, namespace },
    spec: {
      provider: "keyferry",
      parameters: {
        objects: stringify(objects, { lineWidth: 0 }),
        [parameter]: Buffer.from(sealed).toString("utf8"),
      },
    },
  };
  return Buffer.from(stringify(manifest, { lineWidth: 0, blockQuote: "literal" }), "utf8");
}
