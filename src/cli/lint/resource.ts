import { mistake, type Mistake } from "./finding.ts";
import { allowedName, dnsLabelProblem, labelKeyProblem, labelValueProblem, subdomainProblem } from "./kube-names.ts";
import { fieldAt, type KubeNode } from "./kube-node.ts";

/** The text of a field; undefined where there is none, or another type is there. */
export function textAt(node: KubeNode | undefined, ...path: readonly string[]): string | undefined {
  const found = fieldAt(node, ...path);
  return found?.kind === "text" || found?.kind === "number" || found?.kind === "boolean" ? found.text : undefined;
}

/** Kubernetes' rules for what every resource has: its name, namespace, labels and annotations. */
export function checkMetadata(root: KubeNode, mistakes: Mistake[]): void {
  checkName(fieldAt(root, "metadata", "name"), mistakes);
  const namespace = fieldAt(root, "metadata", "namespace");
  if (namespace?.kind === "text" && namespace.text !== "") {
    const problem = dnsLabelProblem(namespace.text);
    if (problem !== undefined) mistakes.push(badName(namespace, problem));
  }
  checkLabels(fieldAt(root, "metadata"), mistakes);
}

/** The rule for the name of an object of Kubernetes. Empty texts are somebody else's finding. */
export function checkName(node: KubeNode | undefined, mistakes: Mistake[]): void {
  if (node?.kind !== "text" || node.text === "") return;
  const problem = subdomainProblem(node.text);
  if (problem !== undefined) mistakes.push(badName(node, problem));
}

function badName(node: KubeNode, problem: string): Mistake {
  const name = allowedName(node.text);
  const fix = name === undefined ? {} : { fix: `write for example ${name}` };
  return mistake("name-invalid", node, `Kubernetes does not allow this name: ${problem}`, { field: node.path, ...fix });
}

/** The rules for `labels` and `annotations` below a node. */
export function checkLabels(parent: KubeNode | undefined, mistakes: Mistake[]): void {
  for (const [what, checksValues] of [
    ["labels", true],
    ["annotations", false],
  ] as const) {
    for (const { value, ...key } of fieldAt(parent, what)?.fields.values() ?? []) {
      const field = fieldAt(parent, what)?.path ?? what;
      const keyProblem = labelKeyProblem(key.name);
      if (keyProblem !== undefined) {
        const fix = { field, fix: "write a name such as team or example.com/team" };
        mistakes.push(mistake("label-invalid", key, `a name is not allowed: ${keyProblem}`, fix));
      }
      const problem = checksValues && value.kind === "text" ? labelValueProblem(value.text) : undefined;
      if (problem === undefined) continue;
      mistakes.push(mistake("label-invalid", value, `the value is not allowed: ${problem}`, { field: value.path }));
    }
  }
}
