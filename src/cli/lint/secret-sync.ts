import { mistake, type Mistake, type Position } from "./finding.ts";
import { fieldAt, type KubeNode } from "./kube-node.ts";
import { checkMetadata, checkName, textAt } from "./resource.ts";
import { secretSyncHomes, secretSyncShape } from "./resource-shapes.ts";
import { ShapeCheck } from "./shape.ts";
import { checkSyncedSecret, readSyncedSecret, type SyncedSecret, type Written } from "./synced-secret.ts";

/** One SecretSync of a file: what the secrets-store-sync-controller makes a Secret of, without any pod. */
export interface SecretSync extends Position {
  readonly kind: "SecretSync";
  readonly name: string;
  readonly namespace: string | undefined;
  /** Name of the SecretProviderClass, in the same namespace; empty when the manifest has none. */
  readonly className: string;
  readonly secret: SyncedSecret;
  readonly mistakes: readonly Mistake[];
}

const version = "secret-sync.x-k8s.io/v1alpha1";

/** Prefix of the labels and annotations that the controller keeps for itself. */
const reserved = "secrets-store.sync.x-k8s.io";

/** Reads a SecretSync and holds it to its custom resource definition and to Kubernetes' rules for the Secret. */
export function readSecretSync(root: KubeNode): SecretSync {
  const mistakes: Mistake[] = [];
  const written = fieldAt(root, "apiVersion");
  if (written?.text !== version) {
    const more = { field: "apiVersion", fix: `write ${version}` };
    mistakes.push(mistake("api-version-unknown", written ?? root, "SecretSync has no such apiVersion", more));
  }
  new ShapeCheck(secretSyncHomes, mistakes).check(root, secretSyncShape);
  checkMetadata(root, mistakes);
  checkName(fieldAt(root, "spec", "secretProviderClassName"), mistakes);
  checkName(fieldAt(root, "spec", "serviceAccountName"), mistakes);
  const node = fieldAt(root, "spec", "secretObject");
  const secret = node === undefined ? undefined : readSyncedSecret(node, { file: "sourcePath", key: "targetKey" });
  if (node !== undefined && secret !== undefined) {
    checkSyncedSecret(node, secret, mistakes);
    checkReserved(node, mistakes);
    for (const { file } of secret.data) if (file !== undefined) checkSourcePath(file, mistakes);
  }
  const { line, column } = root;
  return {
    kind: "SecretSync",
    line,
    column,
    name: textAt(root, "metadata", "name") ?? "",
    namespace: textAt(root, "metadata", "namespace"),
    className: textAt(root, "spec", "secretProviderClassName") ?? "",
    secret: secret ?? { line, column, type: undefined, data: [] },
    mistakes,
  };
}

/**
 * Whether the controller's custom resource definition takes a path of a file: its pattern is
 * `^[A-Za-z0-9.]([-A-Za-z0-9]+([-._a-zA-Z0-9]?[A-Za-z0-9])*)?(\/([0-9]+))*$`, here written so that it takes linear time.
 */
export function isSourcePath(text: string): boolean {
  return /^[A-Za-z0-9.](?:[-A-Za-z0-9]+(?:[._][A-Za-z0-9](?:-?[A-Za-z0-9])*)*)?(?:\/[0-9]+)*$/u.test(text);
}

/** Its limit of characters. */
const longestPath = 253;

function checkSourcePath(file: Written, mistakes: Mistake[]): void {
  if (file.text.length <= longestPath && isSourcePath(file.text)) return;
  const folder = /\/(?!\d+(?:\/|$))/u.test(file.text);
  const problem = folder
    ? "a SecretSync cannot name a file in a folder"
    : file.text.length > longestPath
      ? `it is longer than ${longestPath} characters`
      : "a SecretSync cannot name this file: it takes letters, digits, dashes, and single dots and underscores between them";
  const fix = "give the object another path in the SecretProviderClass, such as db-password, and write that here";
  mistakes.push(mistake("sync-path-invalid", file, problem, { field: file.path, fix }));
}

function checkReserved(node: KubeNode, mistakes: Mistake[]): void {
  for (const what of ["labels", "annotations"]) {
    for (const { name, line, column } of fieldAt(node, what)?.fields.values() ?? []) {
      if (!name.startsWith(reserved)) continue;
      const more = { field: fieldAt(node, what)?.path ?? what, fix: "remove it" };
      mistakes.push(
        mistake("label-invalid", { line, column }, `names that start with ${reserved} are the controller's own`, more),
      );
    }
  }
}
