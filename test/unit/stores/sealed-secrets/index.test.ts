import { describe, expect, test } from "@jest/globals";
import { createSealedSecretsStore } from "../../../../src/stores/sealed-secrets/store.ts";
import { ask, askFound, refusal, refusals } from "../../../fakes/ask-store.ts";
import { readVector } from "../../../vectors/vectors.ts";
import { keyringOf } from "../inline-keyring.ts";
import { connected } from "../../../fakes/connected.ts";

interface Vector {
  readonly Name: string;
  readonly Scope: string;
  readonly Namespace: string;
  readonly SecretName: string;
  readonly Key: string;
  readonly PlainBase64: string;
  readonly Sealed: string;
}

const { vectors } = JSON.parse(readVector("sealed-secrets/vectors.json")) as { vectors: readonly Vector[] };
const tampered = JSON.parse(readVector("sealed-secrets/tampered.json")) as Record<string, string>;
const sealedOf = (name: string) => vectors.find((vector) => vector.Name === name)?.Sealed ?? "";
const keyFile = (name: string) => `sealed-secrets/${name}.key.pem`;
const storeOf = (...files: Parameters<typeof keyringOf> extends [string, ...infer Rest] ? Rest : never) =>
  connected(createSealedSecretsStore(), { keyring: keyringOf("sealed-secrets", ...files) });
const all = storeOf(keyFile("key1"), keyFile("key2"), { file: keyFile("key3"), clusterWide: true });
const wide = storeOf({ file: keyFile("key1"), clusterWide: true, namespaces: ["*"] });
const manifest = readVector("sealed-secrets/strict.sealedsecret.yaml");
const bare = "scope: strict\nsealedName: db-creds";

describe("values as kubeseal makes them", () => {
  test.each(vectors.filter(({ Scope }) => Scope !== "cluster-wide"))(
    "$Name opens byte for byte",
    async ({ Scope, SecretName, PlainBase64, Sealed }) => {
      const fields = `scope: ${Scope}\nsealedName: ${SecretName}`;
      const { value } = await askFound(all, { text: `${Sealed}\n`, fields });
      expect(Buffer.from(value.reveal()).toString("base64")).toBe(PlainBase64);
    },
  );

  test("a cluster-wide one opens in every namespace where the operator allows it", async () => {
    const question = { text: sealedOf("cluster-wide"), fields: "scope: cluster-wide" };
    expect((await askFound(wide, { ...question, namespace: "x" })).value.revealText()).toBe("cluster value");
    expect(await refusal(storeOf(keyFile("key1")), question)).toMatch(/^not_permitted: cluster-wide values are not/);
  });

  test.each([
    ["in another namespace", "strict", bare, "team-b"],
    ["under another name", "strict", "scope: strict\nsealedName: other", "team-a"],
    ["as cluster-wide", "strict", "scope: cluster-wide", "team-a"],
    ["as namespace-wide", "strict", "scope: namespace-wide", "team-a"],
    ["namespace-wide in another namespace", "namespace-wide", "scope: namespace-wide", "team-b"],
    ["namespace-wide as strict", "namespace-wide", bare, "team-a"],
  ])("refused %s", async (_, name, fields, namespace) => {
    expect(await refusal(wide, { text: sealedOf(name), fields, namespace })).toMatch(
      /^document_rejected: the value cannot be opened as /,
    );
  });

  test("namespace-wide opens under any name", async () => {
    const question = { text: sealedOf("namespace-wide"), fields: "scope: namespace-wide\nsealedName: any" };
    expect((await askFound(all, question)).value.revealText()).toBe("ns value");
  });

  test("every damaged one is refused alike as a bare value", async () => {
    const said = await Promise.all(Object.values(tampered).map((text) => refusal(all, { text, fields: bare })));
    expect(new Set(said).size).toBe(1);
    expect(said[0]).toMatch(/^document_rejected: the value cannot be opened as strict for name "db-creds"/);
  });

  test("every damaged one is refused with one message that shows nothing", async () => {
    const said = await Promise.all(
      Object.values(tampered).map((text) =>
        refusal(all, { text: `v: ${JSON.stringify(text)}`, fields: `${bare}\nkey: v` }),
      ),
    );
    expect(new Set(said)).toEqual(
      new Set([
        'document_rejected: item "v" cannot be opened as strict for name "db-creds" with the keys granted to namespace ' +
          "team-a: sealed with another key or for another namespace, name or scope, or changed since",
      ]),
    );
    expect(said).toHaveLength(11);
  });

  test.each([
    ["a line break", `${sealedOf("strict").slice(0, 100)}\n${sealedOf("strict").slice(100)}`],
    ["no padding", sealedOf("strict").replace(/=+$/, "")],
    ["the other alphabet", sealedOf("strict").replaceAll("/", "_")],
  ])("base64 with %s is refused", async (_, text) => {
    const question = { text: `v: ${JSON.stringify(text)}`, fields: `${bare}\nkey: v` };
    expect(await refusal(all, question)).toMatch(/^document_rejected: /);
  });
});

describe("SealedSecret manifests, pasted as they are", () => {
  test.each([
    ["password", "p4ssw0rd"],
    ["older", "older 2048 bit key"],
    ["conn.txt", "host=db password=p4ssw0rd"],
  ])("item %s", async (key, plain) => {
    expect((await askFound(all, { text: manifest, fields: `key: ${key}` })).value.revealText()).toBe(plain);
  });

  test("without key all items are one JSON document, and data for JMESPath", async () => {
    const { value, tree } = await askFound(all, { text: manifest });
    expect(JSON.parse(value.revealText())).toMatchObject({
      password: "p4ssw0rd",
      "conn.txt": "host=db password=p4ssw0rd",
    });
    expect(tree?.()).toMatchObject({
      password: "p4ssw0rd",
      "blob.bin": Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
    });
  });

  test("namespace-wide and cluster-wide", async () => {
    const [near, far] = ["namespace-wide", "cluster-wide"].map((name) =>
      readVector(`sealed-secrets/${name}.sealedsecret.yaml`),
    );
    expect((await askFound(all, { text: near, fields: "key: v" })).value.revealText()).toBe("ns value");
    const question = { text: far, fields: "key: v", namespace: "any-ns" };
    expect((await askFound(wide, question)).value.revealText()).toBe("cluster value");
  });

  test.each(["reject-moved", "reject-renamed", "reject-scope-escalated"])("%s does not open", async (name) => {
    const text = readVector(`sealed-secrets/${name}.sealedsecret.yaml`);
    const own = await refusal(wide, { text, fields: "key: password", namespace: "team-b" });
    const near = await refusal(wide, { text, fields: "key: password" });
    expect([own, near].join("\n")).not.toMatch(/found|p4ss/);
  });

  test("one of another namespace is refused before any key is looked at", async () => {
    const store = storeOf({ file: "/does/not/exist", namespaces: ["*"] });
    expect(await refusal(store, { text: manifest, fields: "key: password", namespace: "team-b" })).toBe(
      'document_rejected: the SealedSecret is for namespace "team-a" and the pod is in team-b; ' +
        "seal the values again for team-b",
    );
  });

  test("one bad item among three is the one that is named", async () => {
    const text = manifest.replace(/older: AQC2/, "older: AQC3");
    const said = await refusal(all, { text });
    expect(said).toMatch(/^document_rejected: item "older" cannot be opened as strict/);
    expect(said).not.toMatch(/password|blob/);
  });

  test("an item may have another name than the one it was sealed under", async () => {
    const text = manifest.replace("password: Ag", "renamed: Ag");
    expect((await askFound(all, { text, fields: "key: renamed" })).value.revealText()).toBe("p4ssw0rd");
  });

  test("both annotations: cluster-wide rules", async () => {
    const text = readVector("sealed-secrets/cluster-wide.sealedsecret.yaml").replace(
      "  annotations:\n",
      '  annotations:\n    sealedsecrets.bitnami.com/namespace-wide: "true"\n',
    );
    const question = { text, fields: "key: v", namespace: "any-ns" };
    expect((await askFound(wide, question)).value.revealText()).toBe("cluster value");
  });
});

describe("what is refused while parsing", () => {
  const annotated = (own: string, copy: string) =>
    `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: a\n  annotations: {${own}}\n` +
    `spec:\n  encryptedData: {v: Ag==}\n  template:\n    metadata:\n      annotations: {${copy}}\n`;

  test.each([
    ["nothing carried", undefined, "", 'no parameter "app" carries the document'],
    ["broken YAML", "a: [", "", "it is not valid YAML at line"],
    ["a list", "- a", "", "it is not a SealedSecret"],
    ["another kind", "apiVersion: v1\nkind: Secret\ndata: {a: Yg==}\n", "", "it is not a SealedSecret of apiVersion"],
    ["the old single blob", `${annotated("", "")}  data: Ag==\n`, "", "spec.data is the old form"],
    ["no items", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\n", "", "has no item"],
    ["no name", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n", "", "metadata.name is missing"],
    ["a scope that the copy contradicts", annotated("", 'sealedsecrets.bitnami.com/cluster-wide: "true"'), "", "its annotations say strict, and those of spec.template say cluster-wide"],
    ["an item that is no text", "a: 5\n", bare, 'item "a" is not a text'],
    ["a map without scope", "a: Ag==\n", "", "scope: it is missing"],
    ["strict without name", "a: Ag==\n", "scope: strict", "sealedName: it is missing"],
    ["a scope where the object says it", manifest, "scope: cluster-wide", "scope: the SealedSecret itself says it"],
    ["an unknown scope", "a: Ag==\n", "scope: stric", "did you mean strict?"],
    ["an unknown item", manifest, "key: pasword", 'did you mean "password"?'],
    ["a key for one bare value", sealedOf("strict"), `${bare}\nkey: a`, "carries one value without a name"],
    ["a template that runs something", manifest.replace("{{ .password }}", '{{ env \\"X\\" }}'), "key: conn.txt", "more than {{ .item }}"],
    ["a template of an item that is not there", manifest.replace(".password", ".passwd"), "key: conn.txt", "more than {{ .item }}"],
    ["such a template among all", manifest.replace(".password", ".password | upper"), "", "more than {{ .item }}"],
    ["a megabyte and more", `a: ${"A".repeat(1024 * 1024)}`, bare, "it is larger than 1048576 bytes"],
    ["very many values", `a: [${"1,".repeat(50_000)}]`, bare, "it has too many values"],
    ["deep nesting", `a: ${"[".repeat(100)}`, bare, "nested deeper than 64"],
  ])("%s", (_, text, fields, problem) => {
    expect(refusals(all, { text, fields }).join("\n")).toContain(problem);
  }); // prettier-ignore

  test("a template that cannot be rendered does not keep items from being mounted", async () => {
    const text = manifest.replace("{{ .password }}", '{{ env \\"X\\" }}');
    expect((await askFound(all, { text, fields: "key: password" })).value.revealText()).toBe("p4ssw0rd");
  });

  test("the index form of a template", async () => {
    const text = manifest.replace("{{ .password }}", '{{ index . \\"password\\" }}');
    expect((await askFound(all, { text, fields: "key: conn.txt" })).value.revealText()).toBe(
      "host=db password=p4ssw0rd",
    );
  });
});

describe("keys and sessions", () => {
  test("no grant, and a key that cannot be read", async () => {
    const question = { text: manifest, fields: "key: password" };
    expect(await refusal(storeOf(), question)).toMatch(
      /^key_not_granted: this provider is configured without any key, so there is none for sealed secrets;/,
    );
    expect(await refusal(storeOf({ file: "/gone" }), question)).toBe('key_unavailable: key "k0" has no file at /gone');
    expect(await refusal(storeOf({ file: keyFile("key1"), namespaces: ["team-b"] }), question)).toMatch(
      /^key_not_granted/,
    );
    expect((await ask(storeOf({ file: "/gone" }, keyFile("key1")), question)).kind).toBe("found");
  });

  test("strictName: only values sealed for the pod's service account", async () => {
    const store = storeOf({ file: keyFile("key1"), strictName: "service-account" });
    expect(await refusal(store, { text: manifest, fields: "key: password" })).toBe(
      "not_permitted: strict values are opened here only if they were sealed for the name of the pod's service account, " +
        '"sa"; seal them for that name',
    );
    expect(await refusal(store, { text: manifest, fields: "key: password", serviceAccount: "db-creds" })).toBe("found");
    expect(await refusal(store, { text: sealedOf("namespace-wide"), fields: "scope: namespace-wide" })).toBe("found");
  });

  test("the controller's list: active keys only", async () => {
    const store = storeOf("sealed-secrets/key-secrets.list.json");
    const open = (name: string) => refusal(store, { text: sealedOf(name), fields: bare });
    expect([await open("strict"), await open("strict-key2-2048")]).toEqual(["found", "found"]);
    expect(await open("strict-key3")).toMatch(/^document_rejected: /);
  });

  test("versions follow the sealed text and what it is bound to", async () => {
    const version = async (fields: string, text = manifest) => (await askFound(all, { text, fields })).version;
    const [one, same, other] = [
      await version("key: password"),
      await version("key: password"),
      await version("key: older"),
    ];
    expect([one === same, one === other]).toEqual([true, false]);
    expect(await version("key: password", manifest.replace("older: AQC2", "older: AQC3"))).toBe(one);
    expect(one).toMatch(/^[\w-]{22}$/);
  });

  test("an aborted fetch rejects with the signal's reason", async () => {
    await expect(ask(all, { text: manifest, signal: AbortSignal.abort("gone") })).rejects.toBe("gone");
  });
});
