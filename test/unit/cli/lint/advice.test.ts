import { describe, expect, test } from "@jest/globals";
import { everyDialect } from "../../../fakes/every-dialect.ts";
import { lintTexts } from "../../../fakes/linting.ts";

const dialects = await everyDialect();

function manifest(provider: string, parameters: Readonly<Record<string, string>>, more = ""): string {
  const lines = Object.entries(parameters).map(([name, text]) => {
    return text.includes("\n")
      ? `    ${name}: |\n${text.replace(/^(?=.)/gmu, "      ")}`
      : `    ${name}: ${JSON.stringify(text)}\n`;
  });
  return [
    "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: { name: web }\nspec:\n",
    `  provider: ${provider}\n  parameters:\n`,
    ...lines,
    more,
  ].join("");
}

/** Every line without the file, and the exit code. */
async function lint(text: string): Promise<readonly string[]> {
  const { code, out } = await lintTexts({ f: text }, dialects);
  return [
    ...out
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/^f:/u, "")),
    `exit ${code}`,
  ];
}

const vault = { roleName: "r", objects: "- objectName: db\n  secretPath: secret/data/db\n  secretKey: password\n" };
const azure = {
  keyvaultName: "shopkv",
  tenantID: "t",
  clientID: "c",
  objects:
    "array:\n  - |\n    objectName: a\n    objectType: secret\n  - |\n    objectName: db\n    objectType: secret\n",
};
const gcp = { secrets: "- resourceName: projects/p/secrets/s/versions/latest\n  path: a\n" };
const native = {
  stores: "[{ name: a, kind: vault, address: 'https://v', role: r }]",
  objects: "- objectName: secret/data/db\n",
};

test.each([
  ["vault", vault],
  ["azure", azure],
  ["gcp", gcp],
  ["keyferry", native],
])("nothing is said of a manifest of %s that is right", async (provider, parameters) => {
  expect(await lint(manifest(provider, parameters))).toEqual(["", "exit 0"]);
});

describe("names that the provider does not read", () => {
  test.each([
    {
      is: "a field",
      text: manifest("vault", { ...vault, objects: vault.objects.replace("secretKey", "secretkey") }),
      says: [
        '11:9: warning: object 1 "db", field secretkey: secretkey is not read; did you mean secretKey? [name-not-read]',
        "exit 0",
      ],
    },
    {
      is: "a field that must be there",
      text: manifest("gcp", { secrets: gcp.secrets.replace("path:", "filename:") }),
      says: ["9:9: object 1, field filename: filename is not read; did you mean fileName? [name-not-read]", "exit 1"],
    },
    {
      is: "the same, near another name",
      text: manifest("gcp", { secrets: gcp.secrets.replace("path:", "Path:") }),
      says: ["9:9: object 1, field Path: Path is not read; did you mean path? [name-not-read]", "exit 1"],
    },
    {
      is: "a field of Azure's nested YAML",
      text: manifest("azure", {
        ...azure,
        objects: azure.objects.replace(
          /objectName: db\n(\s+)objectType/u,
          "objectName: db\n$1objectAlais: x\n$1objectType",
        ),
      }),
      says: [
        '17:11: warning: object 2 "db", field objectAlais: objectAlais is not read; did you mean objectAlias? [name-not-read]',
        "exit 0",
      ],
    },
    {
      is: "a parameter",
      text: manifest("azure", { keyvaultName: "shopkv", tenantID: "t", clientId: "c", objects: azure.objects }),
      says: [
        "9:5: warning: parameter clientId: clientId is not read; did you mean clientID? [name-not-read]",
        "exit 0",
      ],
    },
    {
      is: "a parameter that must be there",
      text: manifest("vault", { rolename: "r", objects: vault.objects }),
      says: ["7:5: parameter rolename: rolename is not read; did you mean roleName? [name-not-read]", "exit 1"],
    },
    {
      is: "the list itself",
      text: manifest("gcp", { secret: gcp.secrets }),
      says: ["7:5: parameter secret: secret is not read; did you mean secrets? [name-not-read]", "exit 1"],
    },
    {
      is: "a parameter like no other",
      text: manifest("gcp", { ...gcp, zone: "x" }),
      says: [
        "10:5: warning: parameter zone: zone is not read; remove it; known names: secrets, auth [name-not-read]",
        "exit 0",
      ],
    },
    {
      is: "a native field that must be there",
      text: manifest("keyferry", { ...native, objects: "- objectname: x\n" }),
      says: [
        "9:9: object 1, field objectname: it is not a known field; did you mean objectName? [parameter_unknown]",
        "exit 1",
      ],
    },
  ])("$is", async ({ text, says }) => {
    expect(await lint(text)).toEqual(says);
  });
});

describe("one file of two objects", () => {
  const twice = (text: string) => text.replace(/ {2}- \|\n {4}objectName: a\n/u, "  - |\n    objectName: db\n");

  test.each([
    {
      is: "the same Azure object",
      text: manifest("azure", { ...azure, objects: twice(azure.objects) }),
      says: [
        '16:11: warning: object 2 "db", field objectName: it writes the file of object 1 "db", which is then lost; remove one of them, or give it a path of its own [file-twice]',
        "exit 0",
      ],
    },
    {
      is: "the same Google secret",
      text: manifest("gcp", { secrets: gcp.secrets + gcp.secrets }),
      says: [
        '11:15: warning: object 2 "a", field path: it writes the file of object 1 "a", which is then lost; remove one of them, or give it a path of its own [file-twice]',
        "exit 0",
      ],
    },
    {
      is: "two values of one secret, which official providers do not order",
      text: manifest("gcp", { secrets: `${gcp.secrets}  extractJSONKey: x\n${gcp.secrets}` }),
      says: [
        expect.stringMatching(
          /^12:15: object 2 "a", field path: another entry writes another value of the same resource to the same path;/u,
        ),
        expect.stringMatching(/file-twice/u),
        "exit 1",
      ],
    },
    {
      is: "a file that is also a folder",
      text: manifest("vault", { ...vault, objects: `${vault.objects}${vault.objects.replace("db", "db/x")}` }),
      says: [
        '12:21: object 2 "db/x", field objectName: its path and that of object 1 "db" would make one name both a file and a folder; give each object a path of its own with objectName [path_conflict]',
        "exit 1",
      ],
    },
    {
      is: "an alias that is also a folder",
      text: manifest("azure", {
        ...azure,
        objects: azure.objects.replace("objectName: db\n", "objectName: db\n    objectAlias: a/b\n"),
      }),
      says: [
        '17:11: object 2 "a/b", field objectAlias: its path and that of object 1 "a" would make one name both a file and a folder; give each object a path of its own with objectAlias [path_conflict]',
        "exit 1",
      ],
    },
  ])("$is", async ({ text, says }) => {
    expect(await lint(text)).toEqual(says);
  });
});

describe("files of synced Secrets", () => {
  const secretOf = (objectName: string) =>
    `  secretObjects:\n  - secretName: s\n    type: Opaque\n    data:\n    - objectName: ${objectName}\n      key: k\n`;

  test.each([
    ["vault", vault, "password", "db"],
    [
      "azure",
      {
        ...azure,
        objects: azure.objects.replace("objectName: db\n", "objectName: DOCKER-CONFIG\n    objectAlias: config.json\n"),
      },
      "config.jsn",
      "config.json",
    ],
    ["gcp", { secrets: gcp.secrets.replace("path: a", "path: conf/db") }, "conf_db", "conf/db"],
    ["keyferry", native, "secret/data/db", "secret_data_db"],
  ])("%s: %j, %s is meant to be %s", async (provider, parameters, name, meant) => {
    const [line, code] = await lint(manifest(provider, parameters, secretOf(name)));
    expect(line).toMatch(/: it is not the path of a file in the volume; .* \[secret-file-unknown\]$/u);
    expect(line).toContain(meant);
    expect(code).toBe("exit 1");
    expect(await lint(manifest(provider, parameters, secretOf(meant)))).toEqual(["", "exit 0"]);
  });

  test("are not compared where the answer names them", async () => {
    const objects = azure.objects.replace("objectName: db\n", "objectName: db\n    objectVersionHistory: 3\n");
    expect(await lint(manifest("azure", { ...azure, objects }, secretOf("db/2")))).toEqual(["", "exit 0"]);
  });
});

describe("a SecretSync", () => {
  const sync = (path: string) =>
    `---\napiVersion: secret-sync.x-k8s.io/v1alpha1\nkind: SecretSync\nmetadata: { name: s }\nspec:\n  secretProviderClassName: web\n  serviceAccountName: default\n  secretObject:\n    type: Opaque\n    data: [{ sourcePath: ${path}, targetKey: k }]\n`;

  test("is compared with the files of its SecretProviderClass", async () => {
    const [line, code] = await lint(manifest("vault", vault, sync("password")));
    expect(line).toMatch(
      /field spec\.secretObject\.data\[0\]\.sourcePath: it is not the path of a file in the volume; did you mean db\?/u,
    );
    expect(code).toBe("exit 1");
    expect(await lint(manifest("vault", vault, sync("db")))).toEqual(["", "exit 0"]);
  });
});

describe("one mistake in the native language is one finding", () => {
  test.each([
    [
      "objects under another name",
      { stores: native.stores, object: native.objects },
      /^8:\d+: parameter object: it is not used; did you mean objects\?/u,
    ],
    [
      "a list that is no YAML, beside a document",
      { ...native, objects: "- a: [\n", app: "x" },
      /parameter objects: it is not valid YAML/u,
    ],
    ["no list, beside a document", { stores: native.stores, app: "x" }, /parameter objects: it is missing/u],
  ])("%s", async (_, parameters, line) => {
    expect(await lint(manifest("keyferry", parameters))).toEqual([expect.stringMatching(line), "exit 1"]);
  });
});

describe("retired and dependent names", () => {
  test.each([
    [
      "azure",
      { ...azure, resourceGroup: "x" },
      /resourceGroup is retired; remove it; the vault is found by its name alone \[name-retired\]/u,
    ],
    [
      "vault",
      { ...vault, vaultKubernetesMountPath: "k8s" },
      /vaultKubernetesMountPath is retired; write vaultAuthMountPath/u,
    ],
    [
      "azure",
      { ...azure, userAssignedIdentityID: "x" },
      /it is read only where useVMManagedIdentity is true; set .* \[name-without-effect\]/u,
    ],
    ["azure", { ...azure, cloudEnvFileName: "x" }, /it is read only where cloudName is AzureStackCloud/u],
  ])("%s", async (provider, parameters, line) => {
    expect(await lint(manifest(provider, parameters))).toEqual([expect.stringMatching(line), "exit 0"]);
  });
});

describe("values that are hardly right", () => {
  test.each([
    [
      "vaultAuthMountPath",
      "auth/kubernetes",
      /^7:\d+: warning: parameter vaultAuthMountPath: it holds auth\/ or \/login, .*; write the mount's own path alone \[value-doubtful\]/u,
    ],
    ["vaultAuthMountPath", "k8s/login/", /\/login/u],
    ["vaultAddress", "https://v:8200/v1", /it ends with the path of the API; write the server alone/u],
    ["vaultAddress", "https://v:8200/ui/", /web interface/u],
  ])("%s: %s", async (name, value, line) => {
    expect(await lint(manifest("vault", { [name]: value, ...vault }))).toEqual([expect.stringMatching(line), "exit 0"]);
  });

  test.each(["kubernetes", "team/auth", "authority", "a/b"])("the mount %s is right", async (mount) => {
    expect(await lint(manifest("vault", { ...vault, vaultAuthMountPath: mount }))).toEqual(["", "exit 0"]);
  });

  test("a path of the API with v1", async () => {
    const objects = vault.objects.replace("secret/data", "v1/secret/data");
    expect(await lint(manifest("vault", { ...vault, objects }))).toEqual([
      '10:21: warning: object 1 "db", field secretPath: it starts with v1/, which is added to every path; remove v1/ from its start [value-doubtful]',
      "exit 0",
    ]);
  });

  test("no secretPath", async () => {
    const objects = "- objectName: db\n  secretKey: password\n";
    expect(await lint(manifest("vault", { ...vault, objects }))).toEqual([
      '9:9: object 1 "db", field secretPath: it is missing; write the API path of the secret, such as secret/data/shop/db [vault-secret-path-missing]',
      "exit 1",
    ]);
  });

  test("a secretPath under a misspelt name is one error", async () => {
    const objects = "- objectName: db\n  secretpath: secret/data/db\n";
    expect(await lint(manifest("vault", { ...vault, objects }))).toEqual([
      '10:9: object 1 "db", field secretpath: secretpath is not read; did you mean secretPath? [name-not-read]',
      "exit 1",
    ]);
  });
});

describe("variables that were not filled in", () => {
  test.each([
    [
      "vault",
      { ...vault, roleName: "${ROLE}" },
      /^7:15: warning: parameter roleName: it holds a variable that was not filled in; .*\[value-doubtful\]/u,
      "exit 0",
    ],
    [
      "vault",
      { ...vault, objects: vault.objects.replace("data/db", "data/<APP>").replace("secret/data/<APP>", '"<APP>"') },
      /field secretPath: it holds a variable/u,
      "exit 0",
    ],
    ["gcp", { secrets: gcp.secrets.replace("/p/", "/$PROJECT/") }, /^$/u, "exit 0"],
    [
      "gcp",
      { secrets: gcp.secrets.replace("/p/", "/${PROJECT}/") },
      /field resourceName: it holds a variable/u,
      "exit 0",
    ],
    ["azure", { ...azure, keyvaultName: "$KEYVAULT" }, /^7:19: parameter keyvaultName: it holds a variable/u, "exit 1"],
  ])("%s %#", async (provider, parameters, line, code) => {
    expect(await lint(manifest(provider, parameters))).toEqual([expect.stringMatching(line), code]);
  });
});

describe("permission bits", () => {
  const inVault = (mode: string) =>
    manifest("vault", { ...vault, objects: `${vault.objects}  filePermission: ${mode}\n` });
  const inGcp = (mode: string) => manifest("gcp", { secrets: `${gcp.secrets}  mode: ${mode}\n` });
  const inNative = (mode: string) =>
    manifest("keyferry", { ...native, objects: `${native.objects}  filePermission: ${mode}\n` });

  test.each([
    ["vault 400", inVault("400"), /it is read as decimal, which makes the mode 0620; write 0400 \[mode-doubtful\]/u],
    ["gcp 644", inGcp("644"), /it is read as decimal, which makes the mode 01204; write 0644/u],
    [
      "native 256",
      inNative("256"),
      /it is read as octal, which makes the mode 0256; write 0400 if you mean decimal 256/u,
    ],
    ["native 420", inNative("420"), /makes the mode 0420; write 0644 if you mean decimal 420/u],
  ])("%s", async (_, text, line) => {
    expect(await lint(text)).toEqual([expect.stringMatching(line), "exit 0"]);
  });

  test.each([
    ["vault 0400", inVault("0400")],
    ["vault 256", inVault("256")],
    ["gcp 0644", inGcp("0644")],
    ["gcp 420", inGcp("420")],
    ["native 400", inNative("400")],
    ["native 0640", inNative("0640")],
  ])("%s is right", async (_, text) => {
    expect(await lint(text)).toEqual(["", "exit 0"]);
  });
});

test.each([
  ["google", "gcp"],
  ["bao", "openbao"],
  ["Azure", "azure"],
  ["hashicorp", "vault"],
])("provider %s is meant to be %s", async (provider, meant) => {
  expect(await lint(manifest(provider, { a: "b" }))).toEqual([
    `5:13: field spec.provider: there is no such provider; did you mean ${meant}? [provider-unknown]`,
    "exit 1",
  ]);
});

test("provider gke is answered as gcp, which is said", async () => {
  const text = manifest("gke", { secrets: gcp.secrets });
  const [first, ...rest] = await lint(text);
  expect(first).toMatch(
    /warning: parameter secrets: provider gke is GKE's managed add-on; here gke\.sock answers it exactly as gcp\.sock/,
  );
  expect(rest).toEqual(["exit 0"]);
});

test("names of provider openbao are known under each prefix, and a misspelt one is hinted at", async () => {
  const objects = "- { objectName: f, secretPath: kv/a, secretKey: k }";
  expect(
    await lint(
      manifest("openbao", { baoRoleName: "r", openbaoAddress: "https://b.test", vaultNamespace: "n", objects }),
    ),
  ).toEqual(["", "exit 0"]);
  const [first] = await lint(manifest("openbao", { roleName: "r", baoAddres: "https://b.test", objects }));
  expect(first).toMatch(/baoAddres is not read; did you mean baoAddress\?/);
});
