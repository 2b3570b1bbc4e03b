import type { KubeObject } from "./api.ts";

/** What the controller's own definition says of paths and keys (secret-sync.x-k8s.io, v1alpha1). */
const path = {
  type: "string",
  minLength: 1,
  maxLength: 253,
  pattern: "^[A-Za-z0-9.]([-A-Za-z0-9]+([-._a-zA-Z0-9]?[A-Za-z0-9])*)?(\\/([0-9]+))*$",
};
const name = {
  type: "string",
  minLength: 1,
  maxLength: 253,
  pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
};
const texts = { type: "object", additionalProperties: { type: "string" } };

const spec = {
  type: "object",
  required: ["secretObject", "secretProviderClassName", "serviceAccountName"],
  properties: {
    secretProviderClassName: name,
    serviceAccountName: name,
    secretSyncControllerName: { type: "string", default: "" },
    forceSynchronization: { type: "string", maxLength: 253 },
    secretObject: {
      type: "object",
      required: ["data"],
      properties: {
        type: { type: "string", default: "Opaque", pattern: "^[^\\s]+$" },
        labels: texts,
        annotations: texts,
        data: {
          type: "array",
          minItems: 1,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["targetKey"],
          items: {
            type: "object",
            required: ["sourcePath", "targetKey"],
            properties: { sourcePath: path, targetKey: path },
          },
        },
      },
    },
  },
};

/** The definition of SecretSync, as far as manifests meet it: the controller's module is on no proxy. */
export const secretSyncDefinition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "secretsyncs.secret-sync.x-k8s.io" },
  spec: {
    group: "secret-sync.x-k8s.io",
    scope: "Namespaced",
    names: { kind: "SecretSync", listKind: "SecretSyncList", plural: "secretsyncs", singular: "secretsync" },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
      },
    ],
  },
};
