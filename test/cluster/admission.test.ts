import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { at, kubeApi, pathOf, type KubeApi, type KubeObject } from "./harness/api.ts";
import { renderChart, type Values } from "./harness/daemon.ts";
import { makeNamespace } from "./harness/objects.ts";
import { readState, type ClusterState } from "./harness/state.ts";

const root = join(import.meta.dirname, "..", "..");
const manifests = join(root, "deploy", "manifests");
const values = join(root, "deploy", "helm", "keyferry", "ci");

let state: ClusterState;
let api: KubeApi;

beforeAll(async () => {
  state = readState();
  api = kubeApi(state);
  // The root of an installation: as the docs say, and as strict as it may be.
  const enforce = "pod-security.kubernetes.io/enforce";
  await makeNamespace(api, "keyferry");
  await makeNamespace(api, "privileged", { [enforce]: "privileged" });
  await makeNamespace(api, "restricted", { [enforce]: "restricted" });
});

function documentsOf(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value = document.toJS() as KubeObject | null;
    return value === null ? [] : [value];
  });
}

/** What the server says to an object that it is only to check; unknown and repeated fields are refused. */
async function checked(object: KubeObject): Promise<{ readonly status: number; readonly said: string }> {
  const query = "dryRun=All&fieldValidation=Strict&fieldManager=check&force=true";
  const path = `${pathOf(object)}?${query}`;
  const { status, body } = await api.ask("PATCH", path, object, "application/apply-patch+yaml");
  const { message } = body as { readonly message?: string };
  return { status, said: status < 300 ? "" : (message ?? "no word") };
}

/** The DaemonSet's pod, as the API server gets it from the controller. */
function podOf(set: KubeObject | undefined, namespace: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "keyferry", namespace },
    spec: { ...(at(set, "spec", "template", "spec") as KubeObject), serviceAccountName: "default" },
  };
}

/** What the "restricted" profile has against the pod of a chart with these values. */
async function violationsOf(given: Values): Promise<readonly string[]> {
  const set = renderChart(state, given, 8080).find(({ kind }) => kind === "DaemonSet");
  const { said } = await checked(podOf(set, "restricted"));
  const list = said.replace(/^.*violates PodSecurity "restricted:latest": /, "").split(/(?<=\)), /);
  return list.map((one) => one.replace(/ \(.*/, "")).sort();
}

/** Kinds of operators that are not installed here. */
const isForeign = ({ apiVersion }: KubeObject) => String(apiVersion).startsWith("monitoring.coreos.com/");

describe("deploy/manifests", () => {
  test.each(readdirSync(manifests))("%s is accepted with strict validation", async (file) => {
    const objects = documentsOf(readFileSync(join(manifests, file), "utf8")).filter((one) => !isForeign(one));
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) {
      const { status, said } = await checked(object);
      expect({ object: pathOf(object), status, said }).toMatchObject({ said: "" });
    }
  });
});

describe("the chart", () => {
  test.each(readdirSync(values))("with %s is accepted with strict validation", async (file) => {
    const text = readFileSync(join(values, file), "utf8");
    const given = { ...(documentsOf(text)[0] ?? {}), metrics: {} };
    for (const object of renderChart(state, given, 8080)) {
      const { status, said } = await checked(object);
      expect({ object: pathOf(object), status, said }).toMatchObject({ said: "" });
    }
  });

  test("is a pod that the restricted profile refuses for what the docs name, and nothing else", async () => {
    expect(await violationsOf({})).toEqual(["restricted volume types", "runAsNonRoot != true", "runAsUser=0"]);
    expect(await violationsOf({ prepareDirs: false })).toEqual(["restricted volume types"]);
    const set = renderChart(state, {}, 8080).find(({ kind }) => kind === "DaemonSet");
    expect((await checked(podOf(set, "privileged"))).status).toBeLessThan(300);
  });
});
describe("kubectl", () => {
  test("applies the plain manifests", () => {
    const kubeconfig = join(state.folder, "admin.kubeconfig");
    const file = join(state.folder, "applied.yaml");
    writeFileSync(file, readFileSync(join(manifests, "keyferry.yaml")));
    const words = ["--kubeconfig", kubeconfig, "apply", "--dry-run=server", "--validate=strict", "-f", file];
    const { status, stdout, stderr } = spawnSync(state.programs.kubectl, words, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("daemonset.apps/keyferry");
  });
});
