import { describe, expect, test } from "@jest/globals";
import { parseAgeRecipient } from "../../../../src/keys/age/recipients.ts";
import { createKeyring } from "../../../../src/keys/keyring.ts";
import type { SessionKey } from "../../../../src/model/session.ts";
import { createSopsStore, sealText } from "../../../../src/stores/sops/store.ts";
import { ask, askFound, createFields, parse, pod } from "./asking.ts";
import { keySources, readIndex, readVector } from "./vectors.ts";
import { connected, sessionFor, type Connected } from "../../../fakes/connected.ts";
import { compute } from "../../../fakes/compute.ts";

const keyFiles = ["age-1", "age-2", "age-3", "age-pq", "ssh_ed25519", "ssh_rsa", "pgp-rsa-secret.asc"];
keyFiles.push("pgp-curve-secret.asc", "pgp-locked-secret.asc");
const fileOf = (name: string) => (/^ssh|[.]asc$/.test(name) ? name : `${name}.txt`);
const rows = readIndex("sops/index.json").filter(([, vector]) => vector.expect !== "reject");
const ages = rows.flatMap(([name, vector]) => {
  const first =
    vector.keys === "any two of age-1..3" ? ["age-3.txt", "age-1.txt"] : [fileOf(vector.keys.split(" ")[0] ?? "")];
  const keys = vector.keys === "any" ? ["age-1.txt"] : first;
  const opens = keys.every((key) => keyFiles.some((known) => fileOf(known) === key)) && name !== "yaml-shamir-3of3";
  return opens ? [{ name, vector, keys }] : [];
});

describe("the sops store", () => {
  test.each(ages)("$name opens with $keys", async ({ vector, keys }) => {
    const text = readVector(`sops/${vector.file}`);
    const found = await askFound({ text, format: vector.format, keys });
    expect(found.value.size).toBeGreaterThan(0);
    expect(found.version).toMatch(/^[\w-]{22}$/);
  });

  test("covers every vector that an age or PGP key opens", () => {
    expect(ages.length).toBeGreaterThanOrEqual(34);
  });

  const tampered = readIndex("sops/tampered/index.json");
  test.each(tampered.filter(([name, { expect: e }]) => e === "reject" || /^(23|42)-/.test(name)))(
    "tampered %s is refused and shows nothing",
    async (name, { file, format }) => {
      const keys = ["age-1.txt", ...(/^(38|39|4[01])-/.test(name) ? ["age-2.txt", "age-3.txt"] : [])];
      const asked = { text: readVector(`sops/${file}`), format, keys };
      const outcome = await ask(asked);
      const said = [outcome.kind === "failed" ? outcome.error.text : "", ...parse(asked).refused].join("\n");
      expect(outcome.kind).toBe("failed");
      expect(said).not.toMatch(/alice|s3cr3t|SECRET|nested|line1/);
    },
  );

  test.each(tampered.filter(([name, { expect: e }]) => e !== "reject" && !/^(23|42)-/.test(name)))(
    "tampered %s is accepted, as the format allows",
    async (name, { file, format }) => {
      const keys = ["age-1.txt", ...(name.startsWith("40-") ? ["age-2.txt", "age-3.txt"] : [])];
      await expect(askFound({ text: readVector(`sops/${file}`), format, keys })).resolves.toMatchObject({
        kind: "found",
      });
    },
  );
});

describe("keys and grants", () => {
  const types = readVector("sops/yaml-types.enc.yaml");

  test.each([
    [
      "another recipient's key",
      { keys: ["age-2.txt"] },
      "no key granted to namespace shop opens the document; it is encrypted for",
    ],
    [
      "no key at all",
      { keys: [] },
      "this provider is configured without any key, so there is none to open the document with; the operator must list one",
    ],
    [
      "a key of another namespace",
      { keys: ["age-1.txt"], namespace: "bank" },
      "no key is granted to namespace bank, so there is none to open the document with; the operator must add bank",
    ],
  ])("%s gives the recipients and the cause", async (_, rest, cause) => {
    const outcome = await ask({ text: types, ...rest });
    expect(outcome).toMatchObject({
      kind: "failed",
      error: {
        reason: "key_not_granted",
        code: 7,
        message: expect.stringContaining(cause),
      },
    });
    const recipient = "age age18yjqjrey0vpgelrj5ca7tudscy6x0uq9x7pqu8da77ts09uj6eaqsr9jm6";
    expect(outcome).toMatchObject({ error: { message: expect.stringContaining(recipient) } });
  });

  test("one share of two says so", async () => {
    const outcome = await ask({ text: readVector("sops/yaml-shamir-2of3-age.enc.yaml"), keys: ["age-2.txt"] });
    expect(outcome).toMatchObject({
      error: { reason: "key_not_granted", message: expect.stringContaining("opened 1 of 2 needed key groups") },
    });
  });

  test("two recipients: either key opens", async () => {
    const text = readVector("sops/yaml-age-two-recipients.enc.yaml");
    const [one, two] = [await askFound({ text, keys: ["age-1.txt"] }), await askFound({ text, keys: ["age-2.txt"] })];
    expect(one.value.revealText()).toBe(two.value.revealText());
    expect(one.version).toBe(two.version);
  });

  test("of a mixed group any local key opens", async () => {
    const text = readVector("sops/yaml-mixed-group.enc.yaml");
    for (const key of ["age-1.txt", "pgp-rsa-secret.asc"]) {
      expect(await ask({ text, keys: [key] })).toMatchObject({ kind: "found" });
    }
  });

  test.each([
    ["another key", { keys: ["pgp-curve-secret.asc"] }],
    ["a key of another namespace", { keys: ["pgp-rsa-secret.asc"], namespace: "bank" }],
  ])("PGP with %s is refused and names the fingerprint", async (_, rest) => {
    const outcome = await ask({ text: readVector("sops/yaml-pgp-rsa-gnupg.enc.yaml"), ...rest });
    expect(outcome).toMatchObject({
      error: {
        reason: "key_not_granted",
        message: expect.stringContaining("pgp BAAAB5348A5BF64D14ACF8C6E1FEBC9A236C493E"),
      },
    });
  });

  test("a key file that is gone is named, and does not keep another key from working", async () => {
    expect(await ask({ text: types, keys: ["gone.txt"] })).toMatchObject({
      error: { reason: "key_unavailable", message: expect.stringMatching(/^key "gone.txt" has no file at /u) },
    });
    expect(await ask({ text: types, keys: ["gone.txt", "age-1.txt"] })).toMatchObject({ kind: "found" });
  });

  test.each(["yaml-hc-vault", "yaml-shamir-3of3"])(
    "%s for a kind of keys that is not there is found while parsing",
    (name) => {
      const text = readVector(`sops/${name}.enc.yaml`);
      const { refused } = parse({ text: text.replaceAll("hc_vault:", "hckms:").replaceAll("key_name:", "key_id:") });
      expect(refused).toHaveLength(1);
      expect(refused[0]).toMatch(/^objectName: the document's keys are of kind [\w, ]+; this version opens age/);
    },
  );

  test("sessions differ by namespace and service account", () => {
    const { store } = parse({ text: types });
    const pods = [pod, { ...pod, namespace: "b" }, { ...pod, serviceAccount: "b" }];
    const keys = pods.map((one) => sessionFor(store.store, {}, one).key);
    expect(new Set(keys).size).toBe(3);
  });

  test("an aborted fetch rejects with the signal's reason", async () => {
    const signal = AbortSignal.abort("gone");
    await expect(ask({ text: types, keys: ["age-1.txt"], signal })).rejects.toBe("gone");
  });
});

test("an older document than one that opened before is refused, if the operator wants it", async () => {
  const keyring = createKeyring(keySources("age-1.txt"));
  const session = {
    key: "" as SessionKey,
    params: {},
    tokens: new Map(),
    chosenBy: "manifest" as const,
    secrets: new Map(),
  };
  const seal = async (now: string, recipient: string) => {
    const recipients = [await parseAgeRecipient(recipient)].filter((one) => one !== undefined);
    return Buffer.from(
      await sealText(Buffer.from("a: x\n"), { format: "yaml", recipients, now: Date.parse(now) }),
    ).toString();
  };
  const age1 = "age18yjqjrey0vpgelrj5ca7tudscy6x0uq9x7pqu8da77ts09uj6eaqsr9jm6";
  const older = await seal("2026-01-01T00:00:00Z", age1);
  const newer = await seal("2026-01-02T00:00:00Z", age1);
  const foreign = await seal("2030-01-01T00:00:00Z", "age13zzws8ku3pm3wcm70r745ddrnuaehyv80etasj6gp74zwda9zvqsjkmusz");
  const reasonOf = async ({ store, connection }: Connected, text: string, more: object = {}, name = "app") => {
    const { ref } = store.language.object(createFields(undefined), { objectName: name, carried: () => text }, {});
    const [outcome] = await connection.fetch(
      [ref],
      { ...session, pod: { ...pod, ...more } },
      new AbortController().signal,
    );
    return outcome?.kind === "failed" ? outcome.error.reason : outcome?.kind;
  };
  const strict = connected(createSopsStore({ refuseOlder: true }), { keyring, compute });
  expect(await reasonOf(strict, older)).toBe("found");
  expect(await reasonOf(strict, foreign)).toBe("key_not_granted");
  expect(await reasonOf(strict, older)).toBe("found");
  expect(await reasonOf(strict, newer)).toBe("found");
  expect(await reasonOf(strict, older)).toBe("document_rejected");
  expect(await reasonOf(strict, newer)).toBe("found");
  expect(await reasonOf(strict, older, {}, "other")).toBe("found");
  expect(await reasonOf(strict, older, { serviceAccount: "other" })).toBe("found");
  const lax = connected(createSopsStore({ refuseOlder: false }), { keyring, compute });
  expect(await reasonOf(lax, newer)).toBe("found");
  expect(await reasonOf(lax, older)).toBe("found");
});

describe("what is refused while parsing", () => {
  const types = readVector("sops/yaml-types.enc.yaml");
  const key = "sops:\n    age:\n        - enc: x\n          recipient: r\n";
  const mac = "    mac: ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]\n";
  const at = '    lastmodified: "2025-03-01T10:20:30Z"\n';
  const whole = key + mac + at;
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1,1]\n${"bcdefgh"
    .split("")
    .map(
      (name, index) =>
        `${name}: &${name} [${Array(10)
          .fill(`*${"abcdefg"[index] ?? ""}`)
          .join(",")}]\n`,
    )
    .join("")}`;

  test.each([
    ["no parameter", undefined, 'no parameter "app" carries the document'],
    ["plain text", "user: alice\n", "it is not encrypted: it has no sops metadata"],
    ["metadata that is no map", "sops: 1\n", "it is not encrypted"],
    ["no mac", key + at, "its metadata has no mac"],
    ["a mac that is none", `${key}${at}    mac: x\n`, "its mac is not an encrypted value"],
    ["no lastmodified", key + mac, "its metadata has no lastmodified"],
    ["a lastmodified that is none", `${key}${mac}    lastmodified: "soon"\n`, "its lastmodified is not"],
    ["no key", `sops:\n    age: []\n    pgp: null\n${mac}${at}`, "names no key"],
    ["two rules", `${whole}    encrypted_suffix: a\n    encrypted_regex: b\n`, "only one rule"],
    ["a pattern that is not RE2", `${whole}    encrypted_regex: "(?=a)"\n`, "not a valid RE2 pattern"],
    ["a list on top", "- a\n- sops: 1\n---\nsops: 1\n", "it is not"],
    ["keys that are no text", `1: x\n${whole}`, "a key in it is not a text"],
    ["the same key twice", `a: x\na: y\n${whole}`, 'the key "a" is there twice'],
    ["the same key twice in a later document", `${whole}---\na: x\na: y\n`, 'the key "a" is there twice'],
    ["broken YAML", `a: [\n${whole}`, "it is not valid YAML at line"],
    ["1 MiB and a byte", types.padEnd(1024 * 1024 + 1, "\n"), "it is larger than 1048576 bytes"],
    ["100 levels of flow", `a: ${"[".repeat(100)}${"]".repeat(100)}\n${whole}`, "nested deeper than 64"],
    ["100 levels in one line", `a:\n  ${"- ".repeat(100)}x\n${whole}`, "nested deeper than 64"],
    [
      "100 levels of maps",
      `${Array.from({ length: 100 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("")}${whole}`,
      "nested deeper than 64",
    ],
    ["an alias bomb", bomb + whole, "it has more than 10000 values"],
    ["an alias inside its anchor", `a: &a [*a]\n${whole}`, "alias"],
    ["50,001 values", `a: [${"1,".repeat(50_001)}]\n${whole}`, "it has more than 50000 values"],
    ["65 keys", whole.replace(/ +- enc.*\n.*\n/, (entry) => entry.repeat(65)), "more than 64 wrapped keys"],
    [
      "17 groups",
      `sops:\n    key_groups:\n${"        - age:\n            - enc: x\n".repeat(17)}${mac}${at}`,
      "more than 16 key groups",
    ],
    ["half a megabyte of brackets", "[".repeat(500_000), "it is not encrypted"],
    ["half a megabyte of brackets before metadata", `${"[".repeat(500_000)}\n${whole}`, "nested deeper"],
    ["half a megabyte of dashes", `a:\n  ${"- ".repeat(250_000)}\n${whole}`, "nested deeper"],
    ["JSON brackets", `{"sops":${"[".repeat(500_000)}`, "nested deeper than 64"],
    ["JSON that goes on", '{"sops":{}} x', "it is not valid JSON at line 1"],
    ["a JSON key twice", '{"a":1,"a":2,"sops":{}}', 'the key "a" is there twice'],
    ["a dotenv line without =", "A\nsops_mac=x\n", 'line 1 has no "="'],
    ["dotenv metadata with a gap", "sops_mac=x\nsops_age__list_1__map_enc=x\n", "a list with a gap"],
    ["dotenv metadata with both", "sops_mac=x\nsops_a=x\nsops_a__map_b=x\n", "both a value and parts"],
    ["two ini sections sops", "[a]\nb = 1\n[sops]\nmac = x\n[sops]\nmac = x\n", "it has two sections sops"],
  ])("%s", (_, text, problem) => {
    const { refused } = parse({ text });
    expect(refused.join("\n")).toContain(problem);
  });

  test.each([
    ["a value in clear", "a: hunter2\n", 'the value at "a" is not encrypted'],
    ["a number in clear in a list", "a:\n    b: [1]\n", 'the value at "a:b" is not encrypted'],
    ["what is not quite encrypted", "a: ENC[x]\n", 'the value at "a" is not encrypted'],
    ["nothing to encrypt", "a: ''\nb:\nc: []\nd_unencrypted: hunter2\n", ""],
  ])("%s is found without any key, and not shown", (_, lines, problem) => {
    const { refused } = parse({ text: lines + whole });
    expect(refused.join("\n").slice(0, 12 + problem.length)).toBe(problem === "" ? "" : `objectName: ${problem}`);
    expect(refused.join("")).not.toContain("hunter2");
  });

  test("one document, parsed, has no issue", () => {
    expect(parse({ text: whole }).refused).toEqual([]);
  });

  test("CRLF and indented armor open", async () => {
    const crlf = types.replaceAll("\n", "\r\n");
    expect(await ask({ text: crlf, keys: ["age-1.txt"] })).toMatchObject({ kind: "found" });
    const json = readVector("sops/json-types.enc.json").replace(/(BEGIN|END)[^"]*/g, (part) => part);
    expect(await ask({ text: json.replace(/\\n(?=[A-Za-z0-9+/-])/g, "\\n   "), keys: ["age-1.txt"] })).toMatchObject({
      kind: "found",
    });
    expect(
      await ask({ text: JSON.stringify(JSON.parse(readVector("sops/binary-json-doc.enc.json"))), keys: ["age-1.txt"] }),
    ).toMatchObject({ kind: "found" });
  });
});
