import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { MountRequest } from "../src/wire/provider.ts";

function request(index: number, parameters: Readonly<Record<string, string>>): MountRequest {
  const attributes = JSON.stringify({
    "csi.storage.k8s.io/ephemeral": "true",
    "csi.storage.k8s.io/pod.name": `web-${index}`,
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/pod.uid": `uid-${index % 100}`,
    "csi.storage.k8s.io/serviceAccount.name": "web",
    secretProviderClass: "web",
    ...parameters,
  });
  const targetPath = `/var/lib/kubelet/pods/uid-${index % 100}/volumes/kubernetes.io~csi/secrets/mount`;
  return { attributes, secrets: "null", targetPath, permission: "420", currentObjectVersion: [] };
}

/** A Mount of one object that is in the daemon's memory. */
export function memoryMount(index: number): MountRequest {
  return request(index, { stores: "[{name: m, kind: memory}]", objects: "- objectName: db\n" });
}

const manifest = parse(
  readFileSync(join(import.meta.dirname, "..", "examples", "demo", "secretproviderclass.yaml"), "utf8"),
) as { readonly spec: { readonly parameters: Readonly<Record<string, string>> } };

/** A Mount of the demo's first SOPS document. */
export function sopsMount(index: number): MountRequest {
  return request(index, { objects: "- objectName: app\n", app: manifest.spec.parameters["app"] ?? "" });
}
