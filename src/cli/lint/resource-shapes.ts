import type { Homes, Shape } from "./shape.ts";

const text = { is: "text" } as const;
const texts = { is: "texts" } as const;
const anything = { is: "anything" } as const;

/** Kubernetes' ObjectMeta (v1.37). */
export const metadataShape: Shape = {
  is: "object",
  required: ["name"],
  fields: {
    name: text,
    namespace: text,
    labels: { is: "texts", lenient: true },
    annotations: { is: "texts", lenient: true },
    generateName: text,
    finalizers: anything,
    ownerReferences: anything,
    managedFields: anything,
    creationTimestamp: anything,
    deletionTimestamp: anything,
    deletionGracePeriodSeconds: anything,
    generation: anything,
    resourceVersion: anything,
    selfLink: anything,
    uid: anything,
  },
};

function resource(spec: Shape) {
  const fields = { apiVersion: text, kind: text, metadata: metadataShape, spec, status: anything };
  return { is: "object", required: ["metadata", "spec"], fields } as const;
}

/** The custom resource definition of driver 1.6, and what the driver itself demands of it. */
export const providerClassShape = resource({
  is: "object",
  required: ["provider"],
  fields: {
    provider: text,
    // Read apart: its values are the provider's.
    parameters: anything,
    secretObjects: {
      is: "list",
      of: {
        is: "object",
        required: ["secretName", "type", "data"],
        fields: {
          secretName: text,
          type: text,
          labels: texts,
          annotations: texts,
          data: {
            is: "list",
            of: { is: "object", required: ["objectName", "key"], fields: { objectName: text, key: text } },
          },
        },
      },
    },
  },
});

/** Where fields of a SecretProviderClass belong. */
export const providerClassHomes: Homes = new Map([
  ["provider", "spec"],
  ["parameters", "spec"],
  ["secretObjects", "spec"],
  ["objects", "spec.parameters"],
  ["secrets", "spec.parameters"],
  ["stores", "spec.parameters"],
  ["name", "metadata"],
  ["namespace", "metadata"],
  ["secretName", "spec.secretObjects[]"],
  ["data", "spec.secretObjects[]"],
]);

/** The custom resource definition of the secrets-store-sync-controller, `secret-sync.x-k8s.io/v1alpha1`. */
export const secretSyncShape = resource({
  is: "object",
  required: ["secretProviderClassName", "serviceAccountName", "secretObject"],
  fields: {
    secretProviderClassName: text,
    serviceAccountName: text,
    secretSyncControllerName: text,
    forceSynchronization: text,
    secretObject: {
      is: "object",
      required: ["type", "data"],
      fields: {
        type: text,
        labels: texts,
        annotations: texts,
        data: {
          is: "list",
          of: { is: "object", required: ["sourcePath", "targetKey"], fields: { sourcePath: text, targetKey: text } },
        },
      },
    },
  },
});

/** Where fields of a SecretSync belong. */
export const secretSyncHomes: Homes = new Map([
  ["secretProviderClassName", "spec"],
  ["serviceAccountName", "spec"],
  ["secretObject", "spec"],
  ["name", "metadata"],
  ["namespace", "metadata"],
  ["type", "spec.secretObject"],
  ["data", "spec.secretObject"],
]);
