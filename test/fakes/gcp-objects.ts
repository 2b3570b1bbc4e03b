import { slowCrc32c } from "./crc32c.ts";

/** What one of Google's servers answers. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const texts: Readonly<Record<string, string | Buffer>> = {
  test: "My Secret",
  json: '{"user":"admin", "password":"password@1234","n":1}',
  yaml: "user: admin\npassword: password@1234\nn: 1\n",
  bin: Buffer.from([0x00, 0xff, 0xfe]),
  empty: "",
  large: Buffer.alloc(64 * 1024, "x"),
};

/** Secrets by id that every fake holds, with two versions of the same bytes each. */
export function initialSecrets(): Map<string, Buffer> {
  return new Map(Object.entries(texts).map(([id, text]) => [id, Buffer.from(text)]));
}

/** An error in the form of Google's APIs. */
export function refuse(status: number, name: string, message: string, reason?: string): Answer {
  const details =
    reason === undefined
      ? []
      : [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "iam.googleapis.com" }];
  return { status, body: { error: { code: status, message, status: name, details } } };
}

/** `AccessSecretVersion`: the project's number and the version's own in the returned name. */
export function accessSecret(name: string, secrets: ReadonlyMap<string, Buffer>, latest: string): Answer {
  const id = /secrets\/([^/]+)\/versions\//.exec(name)?.[1] ?? "";
  const failed = failing(id, name);
  if (failed !== undefined) return failed;
  const bytes = secrets.get(id);
  if (bytes === undefined) return refuse(404, "NOT_FOUND", `Secret [${name}] not found or has no versions.`);
  const resolved = name
    .replace("projects/my-project/", "projects/123456789/")
    .replace(/versions\/latest$/, `versions/${latest}`);
  const crc = String(slowCrc32c(bytes));
  // Proto3 JSON leaves an empty field out.
  const payload = bytes.length === 0 ? { dataCrc32c: crc } : { data: bytes.toString("base64"), dataCrc32c: crc };
  return { status: 200, body: { name: resolved, payload } };
}

/** `RenderParameterVersion`; `unformatted` has nothing to render. */
export function renderParameter(name: string): Answer {
  const id = /parameters\/([^/]+)\/versions\//.exec(name)?.[1] ?? "";
  const failed = failing(id, name);
  if (failed !== undefined) return failed;
  const data = Buffer.from("user: admin\npassword: __REF__(//secretmanager.googleapis.com/x)").toString("base64");
  const rendered = Buffer.from("user: admin\npassword: password@1234").toString("base64");
  const more = id === "unformatted" ? {} : { renderedPayload: rendered };
  return { status: 200, body: { parameterVersion: name, payload: { data }, ...more } };
}

function failing(id: string, name: string): Answer | undefined {
  if (id.startsWith("notfound")) return refuse(404, "NOT_FOUND", `Secret Version [${name}] not found.`);
  if (id.startsWith("denied")) {
    const message = `Permission 'secretmanager.versions.access' denied for resource '${name}' (or it may not exist).`;
    return refuse(403, "PERMISSION_DENIED", message, "IAM_PERMISSION_DENIED");
  }
  if (id.startsWith("disabled")) {
    return refuse(400, "FAILED_PRECONDITION", `Secret Version [${name}] is in DISABLED state.`);
  }
  if (id.startsWith("quota")) return refuse(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "RATE_LIMIT_EXCEEDED");
  if (id.startsWith("internal")) return refuse(500, "INTERNAL", "Internal error");
  if (id.startsWith("nopayload")) return { status: 200, body: { name } };
  if (id.startsWith("badcrc")) {
    const data = Buffer.from("tampered-value").toString("base64");
    return { status: 200, body: { name, payload: { data, dataCrc32c: "1" } } };
  }
  return undefined;
}
