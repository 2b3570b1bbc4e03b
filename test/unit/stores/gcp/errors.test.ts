import { expect, test } from "@jest/globals";
import { refusalOf } from "../../../../src/stores/gcp/errors.ts";

const name = "projects/p/secrets/db/versions/latest";

function problemOf(reason: string | undefined): string {
  const details = reason === undefined ? [] : [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason }];
  const body = { error: { code: 403, status: "PERMISSION_DENIED", message: "canary", details } };
  const answer = { status: 403, headers: {}, text: JSON.stringify(body), json: body };
  const outcome = refusalOf(answer, { kind: "secret", name, location: "" });
  if (outcome.kind !== "failed") throw new Error(outcome.kind);
  expect(outcome.error).toMatchObject({ reason: "access_denied", code: 7 });
  expect(outcome.error.message).toContain(name);
  expect(outcome.error.message).not.toContain("canary");
  return outcome.error.message;
}

test.each([
  ["SECURITY_POLICY_VIOLATED", /VPC Service Controls perimeter/u],
  ["BILLING_DISABLED", /billing account/u],
  ["SERVICE_DISABLED", /API is not enabled/u],
  ["ACCESS_TOKEN_SCOPE_INSUFFICIENT", /scope cloud-platform/u],
  ["CONSUMER_SUSPENDED", /suspended/u],
  ["ORG_POLICY_VIOLATED", /policy of the organization/u],
])("%s is not mended by a role", (reason, text) => {
  const problem = problemOf(reason);
  expect(problem).toMatch(text);
  expect(problem).toMatch(/^PermissionDenied/u);
  expect(problem).not.toMatch(/roles\//u);
});

test.each([[undefined], ["IAM_PERMISSION_DENIED"]])("%s is", (reason) => {
  expect(problemOf(reason)).toMatch(/grant it roles\/secretmanager\.secretAccessor$/u);
});
