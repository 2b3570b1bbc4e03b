import { mistake, type Mistake, type Position } from "./finding.ts";
import { fieldAt, type KubeField, type KubeNode } from "./kube-node.ts";
import { parameterPosition } from "./parameter-position.ts";
import { checkMetadata, checkName, textAt } from "./resource.ts";
import { providerClassHomes, providerClassShape } from "./resource-shapes.ts";
import { notText, ShapeCheck } from "./shape.ts";
import { checkSyncedSecret, readSyncedSecret, writtenAt, type SyncedSecret } from "./synced-secret.ts";

/** One SecretProviderClass of a file. */
export interface ProviderClass extends Position {
  readonly kind: "SecretProviderClass";
  /** Empty when the manifest has none. */
  readonly name: string;
  readonly namespace: string | undefined;
  /** Empty when the manifest names none. */
  readonly provider: string;
  /** Scalars as they are written, whatever their type. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Parameters that are there and cannot be read; what is said of them besides follows from that. */
  readonly unreadable: ReadonlySet<string>;
  readonly secretObjects: readonly SyncedSecret[];
  /** What is wrong with the resource itself, whatever its provider. */
  readonly mistakes: readonly Mistake[];
  /** Where a field of the manifest stands, such as `spec.provider`; the nearest outer one if it is absent. */
  positionOf(path: readonly string[]): Position;
  /** Where the name of a parameter stands; that of `spec.parameters` where there is none. */
  nameOf(parameter: string): Position;
  /** Where a line and column of a parameter's own text stand in the file; of its name for a parameter without text. */
  locate(parameter: string | undefined, line?: number, column?: number): Position;
}

/** The API version of SecretProviderClass, and the older one that is still served. */
const versions = { current: "secrets-store.csi.x-k8s.io/v1", deprecated: "secrets-store.csi.x-k8s.io/v1alpha1" };

/** Reads a SecretProviderClass and holds it to its schema and to Kubernetes' rules. `file`: the whole text it is in. */
export function readProviderClass(root: KubeNode, file: string): ProviderClass {
  const mistakes: Mistake[] = [];
  checkVersion(root, mistakes);
  const shape = new ShapeCheck(providerClassHomes, mistakes);
  shape.check(root, providerClassShape);
  checkMetadata(root, mistakes);
  const { texts, scalars, unreadable } = readParameters(root, shape, mistakes);
  const positionOf = (path: readonly string[]) => nearestPosition(root, path);
  const { line, column } = root;
  return {
    kind: "SecretProviderClass",
    line,
    column,
    name: textAt(root, "metadata", "name") ?? "",
    namespace: textAt(root, "metadata", "namespace"),
    provider: textAt(root, "spec", "provider") ?? "",
    parameters: texts,
    unreadable,
    secretObjects: readSecretObjects(root, mistakes),
    mistakes,
    positionOf,
    nameOf: (parameter) => scalars.get(parameter) ?? positionOf(["spec", "parameters"]),
    locate: (parameter, inText, inLine) => {
      const field = parameter === undefined ? undefined : scalars.get(parameter);
      if (field === undefined) return positionOf(["spec", "parameters"]);
      const { scalar } = field.value;
      return scalar === undefined ? field : parameterPosition(file, scalar, field.value, inText, inLine);
    },
  };
}

function checkVersion(root: KubeNode, mistakes: Mistake[]): void {
  const node = fieldAt(root, "apiVersion");
  if (node?.text === versions.current) return;
  const more = { field: "apiVersion", fix: `write ${versions.current}` };
  const at = node ?? root;
  if (node?.text === versions.deprecated) {
    mistakes.push(mistake("api-version-deprecated", at, `${versions.deprecated} is deprecated`, more));
  } else mistakes.push(mistake("api-version-unknown", at, "SecretProviderClass has no such apiVersion", more));
}

interface ReadParameters {
  readonly texts: ReadonlyMap<string, string>;
  readonly scalars: ReadonlyMap<string, KubeField>;
  readonly unreadable: ReadonlySet<string>;
}

function readParameters(root: KubeNode, shape: ShapeCheck, mistakes: Mistake[]): ReadParameters {
  const [texts, scalars, unreadable] = [new Map<string, string>(), new Map<string, KubeField>(), new Set<string>()];
  const map = fieldAt(root, "spec", "parameters");
  const at = map ?? fieldAt(root, "spec") ?? root;
  if (map !== undefined && map.kind !== "map" && map.kind !== "nothing") {
    const more = { field: map.path, fix: "write one line for each parameter" };
    mistakes.push(mistake("field-type", map, `it is a ${map.kind}, not a map`, more));
  } else if ((map?.fields.size ?? 0) === 0 && !shape.isMeant("spec.parameters")) {
    mistakes.push(
      mistake("parameters-empty", at, "it is empty, and the driver refuses that", { field: "spec.parameters" }),
    );
  }
  for (const field of map?.fields.values() ?? []) {
    const { value, name } = field;
    scalars.set(name, field);
    if (value.kind === "list" || value.kind === "map") {
      unreadable.add(name);
      mistakes.push(structured(field));
      continue;
    }
    if (value.kind !== "text") mistakes.push(mistake("field-type", value, ...notText(value.kind, value.path)));
    texts.set(name, value.text);
  }
  return { texts, scalars, unreadable };
}

/** A parameter that is a list or a map: one that belongs elsewhere, or a text without its `|`. */
function structured({ name, value, ...at }: KubeField): Mistake {
  const home = providerClassHomes.get(name);
  if (home !== undefined && home !== "spec.parameters") {
    const fix = `move it there, indented below ${home}`;
    const problem = `${name} belongs below ${home}, not below spec.parameters`;
    return mistake("field-misplaced", at, problem, { field: value.path, fix });
  }
  const fix = 'write it as a block of text: put "|" after the colon';
  return mistake("field-type", value, `it is a ${value.kind}, not a text`, { field: value.path, fix });
}

function readSecretObjects(root: KubeNode, mistakes: Mistake[]): readonly SyncedSecret[] {
  const names = new Set<string>();
  return (fieldAt(root, "spec", "secretObjects")?.items ?? []).map((node) => {
    const secret = readSyncedSecret(node, { file: "objectName", key: "key" });
    const name = writtenAt(node, "secretName");
    checkName(fieldAt(node, "secretName"), mistakes);
    checkSyncedSecret(node, secret, mistakes);
    if (name !== undefined && names.has(name.text)) {
      mistakes.push(mistake("secret-twice", name, "another entry makes the same Secret", { field: name.path }));
    }
    if (name !== undefined) names.add(name.text);
    return secret;
  });
}

function nearestPosition(root: KubeNode, path: readonly string[]): Position {
  const node = fieldAt(root, ...path);
  if (node === undefined) return nearestPosition(root, path.slice(0, -1));
  const { line, column } = node;
  return { line, column };
}
