import { describe, expect, test } from "@jest/globals";
import { everyDialect } from "../../../fakes/every-dialect.ts";
import { lintTexts } from "../../../fakes/linting.ts";

const dialects = await everyDialect();

interface Written {
  readonly provider?: string;
  /** Lines of `objects` in its block, or the whole value where it starts with one of `>['"`. */
  readonly objects: string;
  readonly region?: string;
  readonly more?: string;
  readonly secretObjects?: string;
}

function manifest({ provider = "aws", objects, region = "eu-west-1", more = "", secretObjects = "" }: Written): string {
  const value = /^[>['"\n]/u.test(objects) ? objects : `|\n${objects.replace(/^(?=.)/gmu, "      ")}`;
  return [
    "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: { name: team, namespace: team }\nspec:\n",
    `  provider: ${provider}\n`,
    secretObjects,
    `  parameters:\n    region: ${JSON.stringify(region)}\n${more}    objects: ${value}\n`,
  ].join("");
}

async function lint(written: Written) {
  const { code, out } = await lintTexts({ "spc.yaml": manifest(written) }, dialects);
  return { code, out };
}

const secret = "- { objectName: team/db, objectType: secretsmanager }";
const synced = (data: string) =>
  `  secretObjects:\n  - secretName: team\n    type: Opaque\n    data:\n${data.replace(/^(?=.)/gmu, "    ")}\n`;

describe("mistakes", () => {
  test.each<{ readonly is: string; readonly written: Written; readonly says: readonly string[] }>([
    {
      is: "the form of the Azure provider",
      written: { objects: "array:\n  - |\n    objectName: team/db\n    objectType: ssmparameter" },
      says: ["objects must be a list", "form of the Azure provider", "- objectName:"],
    },
    {
      is: "failoverObject as AWS's guide prints it",
      written: {
        more: "    failoverRegion: eu-central-1\n",
        objects:
          '- objectName: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/db-AbCdEf"\n  objectAlias: db\n  failoverObject:\n    - objectName: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/db2-AbCdEf"',
      },
      says: ["failoverObject is one map, not a list", "remove the dash"],
    },
    {
      is: "failover without a type",
      written: { more: "    failoverRegion: eu-central-1\n", objects: '- objectName: "team/db"' },
      says: ["write objectType: secretsmanager", "full ARN"],
    },
    {
      is: "a FIPS region",
      written: { region: "us-east-1-fips", objects: secret },
      says: ["us-east-1-fips is not a region", "write us-east-1", "aws-use-fips-endpoint"],
    },
    {
      is: "blanks around a region",
      written: { region: " eu-west-1", objects: secret },
      says: ["blanks around it", "write eu-west-1"],
    },
    {
      is: "lines that are joined",
      written: {
        objects:
          '>\n      - objectName: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/a-AbCdEf"\n      - objectName: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/b-AbCdEf"',
      },
      says: ["joined", "|"],
    },
    {
      is: "a hyphen in an expression",
      written: { objects: `${secret.slice(0, -2)}, jmesPath: [ { path: api-key, objectAlias: k } ] }` },
      says: ["jmesPath entry 1 (api-key)", "quotes inside the quotes"],
    },
    {
      is: "entries without aliases, all of them",
      written: {
        objects:
          "- objectName: team/db\n  objectType: secretsmanager\n  jmesPath:\n    - { path: user, objectAlias: user }\n    - { path: port }\n    - { path: host }",
      },
      says: ["jmesPath entry 2 (port)", "jmesPath entry 3 (host)", "objectAlias"],
    },
    { is: "a blank is missing", written: { objects: "- objectName:team/db" }, says: ["put a blank after objectName:"] },
    { is: "nothing is listed", written: { objects: "'[]'" }, says: ["lists no object", "nothing to mount"] },
    {
      is: "objects are a list",
      written: { objects: "\n      - objectName: team/db\n        objectType: secretsmanager" },
      says: ["|"],
    },
    {
      is: "a variable",
      written: { objects: '- { objectName: "${DB}", objectType: secretsmanager }' },
      says: ["cannot be a secret's name"],
    },
    {
      is: "a template",
      written: { objects: '- { objectName: "<NAME>", objectType: secretsmanager }' },
      says: ["cannot be a secret's name"],
    },
    {
      is: "an ARN of another region",
      written: { objects: '- { objectName: "arn:aws:ssm:us-east-1:123456789012:parameter/x", objectAlias: x }' },
      says: ["ARN region must match region eu-west-1 (parameter region)"],
    },
    {
      is: "a mode without quotes",
      written: { objects: `${secret.slice(0, -2)}, filePermission: 0400 }` },
      says: ["invalid file permission: 256", 'put it in quotes: "0400"'],
    },
  ])("$is", async ({ written, says }) => {
    const { code, out } = await lint(written);
    expect(says.filter((words) => !out.includes(words))).toEqual([]);
    expect(code).toBe(1);
  });

  test.each(["secretManager", "SecretsManager", "secretsManager", "secretmanager"])("objectType %s", async (type) => {
    const { code, out } = await lint({ objects: `- { objectName: team-db, objectType: ${type} }` });
    expect([code, out]).toEqual([1, expect.stringContaining("did you mean secretsmanager?")]);
  });

  test.each(["ssm", "parameter", "ssmparameters", "ssmParameter"])("objectType %s", async (type) => {
    const { code, out } = await lint({ objects: `- { objectName: team-db, objectType: ${type} }` });
    expect([code, out]).toEqual([1, expect.stringContaining("did you mean ssmparameter?")]);
  });

  test("the provider in upper case", async () => {
    const { code, out } = await lint({ provider: "AWS", objects: secret });
    expect([code, out]).toEqual([1, expect.stringContaining("did you mean aws?")]);
  });
});

describe("doubts, which a Mount takes", () => {
  test.each<{ readonly is: string; readonly written: Written; readonly says: readonly string[] }>([
    {
      is: "objectEncoding",
      written: { objects: `${secret.slice(0, -2)}, objectEncoding: base64 }` },
      says: ["objectEncoding", "not read by provider aws", "decode: base64"],
    },
    {
      is: "region in an object",
      written: { objects: `${secret.slice(0, -2)}, region: eu-west-2 }` },
      says: ["belongs to parameters"],
    },
    {
      is: "a parameter's ARN with a colon",
      written: { objects: '- objectName: "arn:aws:ssm:eu-west-1:123456789012:parameter:conf-x1y2z3"' },
      says: ["slash after parameter", "parameter/conf"],
    },
    {
      is: "a label of Secrets Manager on a parameter",
      written: { objects: "- { objectName: conf, objectType: ssmparameter, objectVersionLabel: AWSCURRENT }" },
      says: ["parameters have no label AWSCURRENT"],
    },
    {
      is: "a parameter name without its first slash",
      written: { objects: "- { objectName: team/db/pw, objectType: ssmparameter, objectAlias: pw }" },
      says: ["write /team/db/pw"],
    },
    {
      is: "a path",
      written: { objects: "- { objectName: /team/, objectType: ssmparameter, objectAlias: t }" },
      says: ["is a path, not a parameter", "provider keyferry"],
    },
    {
      is: "a version as External Secrets writes it",
      written: { objects: `${secret.slice(0, -2)}, objectVersion: uuid/1 }` },
      says: ["External Secrets", "write 1"],
    },
    {
      is: "a partial ARN that ends as a suffix does",
      written: {
        objects: '- { objectName: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team-tokens", objectAlias: t }',
      },
      says: ["-tokens", "complete ARN or the plain name"],
    },
    {
      is: "an address type that is none",
      written: { more: "    preferredAddressType: ipv5\n", objects: secret },
      says: ["counts as auto"],
    },
  ])("$is", async ({ written, says }) => {
    const { code, out } = await lint(written);
    expect(says.filter((words) => !out.includes(words))).toEqual([]);
    expect(code).toBe(0);
  });
});

describe("Secrets that are made of files", () => {
  test("a name with a slash is no file", async () => {
    const written = { objects: secret, secretObjects: synced("- { objectName: team/db, key: conf }") };
    const { out } = await lint(written);
    expect(out).toContain("team_db");
  });

  test("an alias of a jmesPath entry is translated, too", async () => {
    const objects = `${secret.slice(0, -2)}, jmesPath: [ { path: USER, objectAlias: main/user } ] }`;
    const { out } = await lint({ objects, secretObjects: synced("- { objectName: main/user, key: user }") });
    expect(out).toContain("main_user");
  });

  test.each<{ readonly is: string; readonly written: Written }>([
    {
      is: "a path becomes a name, and parameters and secrets share a manifest",
      written: {
        objects:
          "- { objectName: /team/api/token, objectType: ssmparameter }\n- { objectName: team/tls, objectType: secretsmanager, objectAlias: tls.crt }",
        secretObjects: synced("- { objectName: _team_api_token, key: TOKEN }\n- { objectName: tls.crt, key: ca.crt }"),
      },
    },
    {
      is: "an object's own file and its entries",
      written: {
        objects:
          '- objectName: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:/own/team/db-AbCdEf"\n  objectAlias: conf\n  jmesPath:\n    - { path: username, objectAlias: username }',
        secretObjects: synced("- { objectName: username, key: u }\n- { objectName: conf, key: conf.json }"),
      },
    },
    {
      is: "the name of a secret that AWS made",
      written: {
        objects:
          '- { objectName: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1f2e3d4c-AbCdEf", objectAlias: db }',
      },
    },
  ])("nothing is said: $is", async ({ written }) => {
    expect(await lint(written)).toEqual({ code: 0, out: "" });
  });
});
