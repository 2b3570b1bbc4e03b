import { stringify } from "yaml";
import { ownParameters } from "../../dialects/keyferry/index.ts";
import { MountError } from "../../model/error.ts";
import { pathProblem } from "../../model/file.ts";
import { parseSealed, type SealedDocument } from "../../stores/sealed-secrets/store.ts";
import { shownName } from "../../text/shown-name.ts";
import { dataOf } from "../../text/yaml/data.ts";
import { readYaml } from "../../text/yaml/yaml.ts";

/** What `keyferry convert` was asked for. */
export interface ConvertOptions {
  /** Path of a file with SealedSecret manifests; `-` is standard input. */
  readonly file: string;
  /** Path of the file to write; standard output if left out. */
  readonly output?: string;
}

/** The world as convert sees it. */
export interface ConvertIo {
  /** The text of a file, or of standard input for `-`. Rejects when it cannot be read. */
  read(file: string): Promise<string>;
  /** Writes a file as a whole. Rejects when it cannot. */
  write(file: string, text: string): Promise<void>;
  out(text: string): void;
  err(text: string): void;
}

/** Says why nothing was converted; the text is for the person at the terminal. */
class ConvertProblem extends Error {}

/**
 * Turns each SealedSecret of a file into a SecretProviderClass that carries it, one file for each item. Decrypts
 * nothing and needs no key. Gives the exit code: 0 done, 1 failed, with nothing written.
 */
export async function convert(options: ConvertOptions, io: ConvertIo): Promise<0 | 1> {
  try {
    const text = await io.read(options.file).catch(() => {
      throw new ConvertProblem("the file cannot be read");
    });
    const sealed = documentsOf(text).flatMap(sealedSecretsOf);
    if (sealed.length === 0) throw new ConvertProblem("there is no SealedSecret in it");
    const converted = sealed.map((one) => stringify(classOf(one), { lineWidth: 0, aliasDuplicateObjects: false }));
    const result = converted.join("---\n");
    if (options.output === undefined) io.out(result);
    else {
      await io.write(options.output, result).catch(() => {
        throw new ConvertProblem(`${options.output ?? ""} cannot be written`);
      });
    }
    io.err(`${sealed.length} SealedSecret${sealed.length === 1 ? "" : "s"} converted, nothing decrypted\n`);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof ConvertProblem)) throw thrown;
    io.err(`${options.file}: ${thrown.message}\n`);
    return 1;
  }
}

/** The documents of a text, each as data with its own text; items of a List count as documents. */
function documentsOf(text: string): readonly unknown[] {
  const { documents, problems } = readYaml(text);
  const [broken] = problems;
  if (broken !== undefined) throw new ConvertProblem(`it is not valid YAML at line ${broken.line}: ${broken.message}`);
  return documents.flatMap(({ root }): readonly unknown[] => {
    const data = dataOf(root);
    const items = fieldOf(data, "items");
    return Array.isArray(items) ? (items as readonly unknown[]) : [data];
  });
}

/** The value of a field of what may be a map; undefined for anything else. */
function fieldOf(data: unknown, ...path: readonly string[]): unknown {
  return path.reduce((found, name) => (found instanceof Map ? (found.get(name) as unknown) : undefined), data);
}

/** A SealedSecret, checked, with what it carries besides. */
interface Sealed {
  readonly document: SealedDocument;
  readonly object: NonNullable<SealedDocument["object"]>;
  /** `spec.template.data` as it is written. */
  readonly templates: Readonly<Record<string, unknown>>;
}

function sealedSecretsOf(data: unknown): readonly Sealed[] {
  if (fieldOf(data, "kind") !== "SealedSecret") return [];
  const document = parsed(stringify(data, { lineWidth: 0, aliasDuplicateObjects: false }));
  const { object } = document;
  if (object === undefined) return [];
  const name = shownName(object.name);
  const unusable = [...document.templates].find(([, pieces]) => pieces === undefined)?.[0];
  if (unusable !== undefined) {
    const entry = `entry ${shownName(unusable)} of spec.template.data`;
    throw new ConvertProblem(`SealedSecret ${name}: ${entry} is more than {{ .item }} of its items; simplify it`);
  }
  const written = fieldOf(data, "spec", "template", "data");
  const templates = written instanceof Map ? (Object.fromEntries(written) as Record<string, unknown>) : {};
  return [{ document, object, templates }];
}

function parsed(text: string): SealedDocument {
  try {
    return parseSealed(text);
  } catch (thrown) {
    throw new ConvertProblem(`a SealedSecret is refused: ${MountError.from(thrown).message}`);
  }
}

/** The SecretProviderClass as data. */
function classOf(sealed: Sealed): unknown {
  const { name, namespace } = sealed.object;
  const parameter = ownParameters.includes(name) ? `${name}-sealed` : name;
  const keys = [...new Set([...sealed.document.items.keys(), ...sealed.document.templates.keys()])];
  const objects = keys.map((key) => {
    const problem = pathProblem(key);
    if (problem === undefined && !key.includes("/")) return { objectName: parameter, key, objectAlias: key };
    throw new ConvertProblem(`SealedSecret ${shownName(name)}: item ${shownName(key)} cannot be the name of a file`);
  });
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: namespace === undefined ? { name } : { name, namespace },
    spec: {
      provider: "keyferry",
      parameters: {
        stores: "- { name: sealed, kind: sealed-secrets }\n",
        objects: stringify(objects, { lineWidth: 0 }),
        [parameter]: stringify(manifestOf(sealed), { lineWidth: 0 }),
      },
    },
  };
}

/** What opens of a SealedSecret, without what only made sense in the cluster: status, owner, labels, type. */
function manifestOf({ document, object: { name, namespace, scope }, templates }: Sealed): unknown {
  const annotations = scope === "strict" ? {} : { annotations: { [`sealedsecrets.bitnami.com/${scope}`]: "true" } };
  const template = Object.keys(templates).length === 0 ? {} : { template: { data: templates } };
  return {
    apiVersion: "bitnami.com/v1alpha1",
    kind: "SealedSecret",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...annotations },
    spec: { encryptedData: Object.fromEntries(document.items), ...template },
  };
}
