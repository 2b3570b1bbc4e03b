import { describe, expect, test } from "@jest/globals";
import { refusalOf, refuses, stsRefuses, type AwsCase } from "./case.ts";

const db = '{"db_url":"postgres://db","api-key":"k-canary","port":5432,"team.a":"d-canary","tls":{"ca":"x"}}';
const region = "eu-west-1";

function secret(name: string, more = ""): AwsCase["parameters"] {
  return { region, objects: `- { objectName: "${name}", objectType: secretsmanager${more} }` };
}

function cut(path: string): AwsCase {
  const entry = `, jmesPath: [ { path: ${JSON.stringify(path)}, objectAlias: one } ]`;
  return { parameters: secret("team/db", entry), secrets: { "team/db": db } };
}

const denial = (action: string, resource: string, why: string) =>
  `User: arn:aws:sts::123456789012:assumed-role/shop-web/shop.web is not authorized to perform: ${action} on resource: ${resource} because ${why}`;

interface Row {
  readonly is: string;
  readonly one: AwsCase;
  readonly reason: string;
  readonly says: readonly string[];
  readonly never?: RegExp;
}

const denied = "AccessDeniedException";
const nothingOfSecrets = /all regions|check existence/u;

/** What a pod's event says, by the inner reason. */
const rows: readonly Row[] = [
  {
    is: "the role lacks the action",
    one: {
      parameters: secret("team/db"),
      script: [
        refuses(
          "secretsmanager",
          denied,
          denial(
            "secretsmanager:GetSecretValue",
            "team/db",
            "no identity-based policy allows the secretsmanager:GetSecretValue action",
          ),
        ),
      ],
    },
    reason: "access_denied",
    says: ["role shop-web", "secretsmanager:GetSecretValue", "team/db", region, "role's policy"],
    never: /shop\.web/u,
  },
  {
    is: "the secret of another account has no resource policy",
    one: {
      parameters: {
        region,
        objects:
          '- { objectName: "arn:aws:secretsmanager:eu-west-1:210987654321:secret:core/db-AbCdEf", objectAlias: db }',
      },
      script: [
        refuses(
          "secretsmanager",
          denied,
          denial(
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:210987654321:secret:core/db-AbCdEf",
            "no resource-based policy allows the secretsmanager:GetSecretValue action",
          ),
        ),
      ],
    },
    reason: "access_denied",
    says: ["account 210987654321", "resource policy", "role shop-web", "both policies", "KMS key"],
    never: /add it to the role/u,
  },
  {
    is: "the key may not be used",
    one: {
      parameters: secret("team/db"),
      script: [refuses("secretsmanager", denied, "Access to KMS is not allowed")],
    },
    reason: "access_denied",
    says: ["may read team/db", "kms:Decrypt"],
    never: /GetSecretValue/u,
  },
  {
    is: "the secret is scheduled for deletion",
    one: {
      parameters: secret("team/db"),
      script: [
        refuses(
          "secretsmanager",
          "InvalidRequestException",
          "You can't perform this operation on the secret because it was marked for deletion.",
        ),
      ],
    },
    reason: "object_unusable",
    says: ["scheduled for deletion", "restore-secret"],
  },
  {
    is: "the secret has no value yet",
    one: {
      parameters: secret("team/new"),
      script: [
        refuses(
          "secretsmanager",
          "ResourceNotFoundException",
          "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        ),
      ],
    },
    reason: "object_not_found",
    says: ["team/new exists", "no value yet", "AWSCURRENT"],
    never: /does not exist|has no secret/u,
  },
  {
    is: "a partial ARN ends as a suffix does",
    one: {
      parameters: {
        region,
        objects: '- { objectName: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team-tokens", objectAlias: t }',
      },
      script: [
        refuses("secretsmanager", "ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
      ],
    },
    reason: "object_not_found",
    says: ["-tokens", "suffix", "complete ARN or the plain name"],
  },
  {
    is: "a version is written as External Secrets does",
    one: {
      parameters: secret("team/db", ", objectVersion: uuid/22222222-bbbb-4ccc-8ddd-000000000001"),
      secrets: { "team/db": db },
    },
    reason: "object_not_found",
    says: ["uuid/", "External Secrets", "bare version id"],
  },
  {
    is: "the role does not trust the service account",
    one: { parameters: secret("team/db"), script: [stsRefuses("AccessDenied", "Not authorized to perform", 403)] },
    reason: "identity_refused",
    says: ["role shop-web does not trust system:serviceaccount:shop:web", "AssumeRoleWithWebIdentity", "sub and aud"],
    never: /policy allows|GetSecretValue/u,
  },
  {
    is: "the account has no OIDC provider",
    one: {
      parameters: secret("team/db"),
      script: [
        stsRefuses(
          "InvalidIdentityToken",
          "No OpenIDConnect provider found in your account for https://oidc.eks.eu-west-1.amazonaws.com/id/MADEUP",
        ),
      ],
    },
    reason: "identity_refused",
    says: ["no IAM OIDC provider", "https://oidc.eks.eu-west-1.amazonaws.com/id/MADEUP"],
    never: /trust policy/u,
  },
  {
    is: "the service account has no role",
    one: { parameters: secret("team/db"), secrets: { "team/db": db }, annotations: {} },
    reason: "identity_refused",
    says: ["shop/web", "eks.amazonaws.com/role-arn", 'usePodIdentity: "true"'],
  },
  {
    is: "there is no association",
    one: {
      parameters: { ...secret("team/db"), usePodIdentity: "true" },
      script: [
        {
          service: "pod-identity",
          answers: [
            { status: 404, body: { code: "ResourceNotFoundException", message: "No association found for shop web" } },
          ],
        },
      ],
    },
    reason: "identity_refused",
    says: ["no association for service account shop/web", "remove usePodIdentity", "No association found"],
  },
  {
    is: "the agent never comes up",
    one: {
      parameters: { ...secret("team/db"), usePodIdentity: "true" },
      script: [{ service: "pod-identity", answers: ["reset"] }],
    },
    reason: "store_unavailable",
    says: ["EKS Pod Identity agent does not answer", "169.254.170.23"],
    never: /team\/db in|GetSecretValue/u,
  },
  {
    is: "no region is known",
    one: {
      parameters: { objects: "- { objectName: team/db, objectType: secretsmanager }" },
      nodeLabels: { zone: "a" },
    },
    reason: "not_configured",
    says: ["no region", "node node-a", "topology.kubernetes.io/region", "aws-region"],
  },
  {
    is: "an ARN is of another region than the node",
    one: {
      parameters: {
        objects:
          '- { objectName: "arn:aws:secretsmanager:us-east-1:123456789012:secret:team/db-AbCdEf", objectAlias: x }',
      },
    },
    reason: "parameter_invalid",
    says: ["ARN region must match region eu-west-1", "the node's label", "us-east-1"],
  },
  {
    is: "parameters may not be read",
    one: {
      parameters: { region, objects: "- { objectName: /team/db/pw, objectType: ssmparameter, objectAlias: pw }" },
      script: [
        refuses(
          "ssm",
          denied,
          denial(
            "ssm:GetParameters",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/team/db/pw",
            "no identity-based policy allows the ssm:GetParameters action",
          ),
        ),
      ],
    },
    reason: "access_denied",
    says: ["role shop-web", "ssm:GetParameters (with an s", "/team/db/pw"],
  },
  {
    is: "a parameter has a label of Secrets Manager",
    one: {
      parameters: {
        region,
        objects: "- { objectName: conf, objectType: ssmparameter, objectVersionLabel: AWSCURRENT }",
      },
      parametersHeld: { conf: "c" },
    },
    reason: "object_not_found",
    says: ["conf:AWSCURRENT", "parameters have no label AWSCURRENT", "newest version"],
  },
  {
    is: "a parameter's ARN has a colon",
    one: {
      parameters: {
        region,
        objects: '- objectName: "arn:aws:ssm:eu-west-1:123456789012:parameter:conf-x1y2z3"\n',
      },
      parametersHeld: { conf: "c" },
    },
    reason: "object_not_found",
    says: ["slash after parameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/conf"],
  },
  {
    is: "a path stands for a parameter",
    one: {
      parameters: { region, objects: "- { objectName: /team/, objectType: ssmparameter, objectAlias: t }" },
      script: [refuses("ssm", "ValidationException", "Parameter name: can't be prefixed")],
    },
    reason: "parameter_invalid",
    says: ["/team/ is a path, not a parameter"],
    never: /permission|may not/u,
  },
  {
    is: "a variable was not filled in",
    one: { parameters: secret("${DB_SECRET}") },
    reason: "parameter_invalid",
    says: ["cannot be a secret's name", "-/_+=.@", "fill in the variable"],
  },
  {
    is: "the value is not JSON",
    one: {
      parameters: secret("team/env", ", jmesPath: [ { path: DB, objectAlias: DB } ]"),
      secrets: { "team/env": "DB=x\nPW=pw-canary\n" },
    },
    reason: "object_unusable",
    says: ["is not JSON", "the file team_env alone"],
  },
  {
    is: "a number is cut out",
    one: cut("port"),
    reason: "object_unusable",
    says: ["entry 1", "is a number", "path: to_string(port)"],
  },
  {
    is: "the case differs",
    one: cut("DB_URL"),
    reason: "select_no_match",
    says: ["entry 1 (DB_URL)", "did you mean db_url?"],
  },
  { is: "a letter is missing", one: cut("db_ur"), reason: "select_no_match", says: ["did you mean db_url?"] },
  { is: "a dot is in the key", one: cut("team.a"), reason: "select_no_match", says: [`'"team.a"'`] },
  {
    is: "a longer path finds nothing",
    one: cut("tls.cert"),
    reason: "select_no_match",
    says: ["found nothing"],
    never: /did you mean/u,
  },
  {
    is: "a key has a hyphen",
    one: cut("api-key"),
    reason: "parameter_invalid",
    says: ["jmesPath entry 1 (api-key)", `path: '"api-key"'`],
  },
];

describe("a message says the cause and what to do", () => {
  test.each(rows)("$is", async ({ one, reason, says, never = nothingOfSecrets }) => {
    const error = await refusalOf(one);
    expect(error.reason).toBe(reason);
    expect(says.filter((words) => !error.text.includes(words))).toEqual([]);
    expect(error.text).not.toMatch(never);
    expect(error.text).not.toMatch(nothingOfSecrets);
    expect(error.text).not.toMatch(/canary/u);
  });
});
