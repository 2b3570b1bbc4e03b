/** gRPC codes a Mount may end with. Codes 1, 4, 8, 10 and 14 would make the driver start a pod with an empty volume. */
export type FinalCode = 2 | 3 | 5 | 7 | 9 | 13 | 16;

interface Entry {
  readonly code: FinalCode;
  /** Whether the same call may succeed a moment later without anybody changing anything. */
  readonly transient?: true;
  /** How to solve it, for docs/reference/errors.md. */
  readonly fix: string;
}

/** Every way a Mount can fail. docs/reference/errors.md lists the same entries; a test compares the two. */
export const reasons = {
  malformed_request: {
    code: 3,
    fix: "the caller is not a Secrets Store CSI driver that Keyferry knows; check its version",
  },
  parameter_missing: { code: 3, fix: "add the parameter or field that the message names" },
  parameter_unknown: { code: 3, fix: "correct the spelling; the message names the nearest known one" },
  parameter_invalid: { code: 3, fix: "write the value as the message says" },
  no_objects: { code: 3, fix: "list at least one object" },
  path_invalid: { code: 3, fix: "set objectAlias to a relative path in clean form" },
  path_conflict: { code: 3, fix: "give each object a path of its own; a file cannot also be a folder" },
  mode_invalid: { code: 3, fix: "write filePermission as octal bits from 0000 to 0777" },
  document_invalid: {
    code: 3,
    fix: "encrypt the document again with the original tool and paste it as one block of text",
  },
  document_rejected: {
    code: 3,
    fix: "the document was changed after encryption or a wrong key opened it; encrypt it again",
  },
  decode_failed: { code: 3, fix: "set objectEncoding to how the stored text encodes its bytes" },
  object_not_found: { code: 5, fix: "check objectName, objectVersion and the store's address" },
  select_no_match: { code: 5, fix: "correct jmesPath, or add the value to the object" },
  output_failed: {
    code: 9,
    fix: "correct the value in the store, or choose an output that can hold it; the message names the key",
  },
  template_failed: {
    code: 9,
    fix: "correct the template at the line and column that the message names, or the value in the store",
  },
  select_failed: {
    code: 9,
    fix: "correct jmesPath at the place that the message names, for the data that the object has",
  },
  budget_exceeded: {
    code: 9,
    fix: "make what the message names smaller or simpler: it takes more time or memory than one object may",
  },
  object_unusable: {
    code: 9,
    fix: "store the object in the form that the message asks for, or read it in another way",
  },
  not_configured: { code: 9, fix: "ask the operator to configure what the message names" },
  not_permitted: { code: 7, fix: "ask the operator to allow the store, key or address for this namespace" },
  key_not_granted: { code: 7, fix: "ask the operator to grant a key of the document's recipients to this namespace" },
  access_denied: { code: 7, fix: "grant the pod's identity read access to the object in the store" },
  identity_missing: { code: 9, fix: "add the audience to tokenRequests of the CSIDriver object" },
  identity_malformed: {
    code: 3,
    fix: "the service-account tokens are not what kubelet writes; check who calls the socket",
  },
  identity_refused: {
    code: 7,
    fix: "correct the step of the pod's login that the message names: account, annotation, pool or role",
  },
  identity_rejected: { code: 16, fix: "make the store trust this cluster's tokens and bind the pod's service account" },
  response_too_large: {
    code: 9,
    fix: "mount fewer or smaller objects, or raise --max-response-bytes and the driver's flag",
  },
  key_unavailable: { code: 9, fix: "restore the key file that the operator configuration names" },
  store_unavailable: { code: 9, transient: true, fix: "check that the store is up and reachable from the node" },
  store_untrusted: { code: 9, fix: "correct the address, the CA or the client certificate that the message names" },
  store_throttled: { code: 9, transient: true, fix: "raise the store's quota or the refresh interval" },
  store_protocol: { code: 13, fix: "check that the address is the store itself and not a proxy or login page" },
  mount_timeout: { code: 9, fix: "check the store named in the message; it did not answer in time" },
  daemon_overloaded: {
    code: 9,
    transient: true,
    fix: "raise the daemon's memory limit, or mount less data at once; kubelet asks again",
  },
  cancelled: { code: 9, fix: "none: the caller went away, and asks again" },
  internal: { code: 13, fix: "report the message and the log lines around it as a bug" },
} as const satisfies Record<string, Entry>;

export type Reason = keyof typeof reasons;

export function codeOf(reason: Reason): FinalCode {
  return reasons[reason].code;
}

export function isTransient(reason: Reason): boolean {
  return "transient" in reasons[reason];
}
