import { describe, expect, test } from "@jest/globals";
import { parseAllDocuments, parse, stringify } from "yaml";
import { convert, type ConvertOptions } from "../../../../src/cli/convert/convert.ts";
import { createKeyferryDialect } from "../../../../src/dialects/keyferry/index.ts";
import { createSealedSecretsStore } from "../../../../src/stores/sealed-secrets/store.ts";
import { askFound } from "../../../fakes/ask-store.ts";
import { lintTexts } from "../../../fakes/linting.ts";
import { readVector } from "../../../vectors/vectors.ts";
import { keyringOf } from "../../stores/inline-keyring.ts";
import { connected } from "../../../fakes/connected.ts";

const read = (name: string) => readVector(`sealed-secrets/${name}.sealedsecret.yaml`);
const keyring = keyringOf("sealed-secrets", "sealed-secrets/key1.key.pem", "sealed-secrets/key2.key.pem");
const store = connected(createSealedSecretsStore(), { keyring });

async function run(text: string | undefined, options: Partial<ConvertOptions> = {}) {
  const [out, err] = [[] as string[], [] as string[]];
  const written = new Map<string, string>();
  const status = await convert(
    { file: "in.yaml", ...options },
    {
      read: () => (text === undefined ? Promise.reject(new Error("no")) : Promise.resolve(text)),
      write: (file, content) => {
        if (file.startsWith("/no")) return Promise.reject(new Error("no"));
        written.set(file, content);
        return Promise.resolve();
      },
      out: (line) => out.push(line),
      err: (line) => err.push(line),
    },
  );
  return { status, out: out.join(""), err: err.join(""), written };
}

async function findings(text: string): Promise<string> {
  const dialects = [createKeyferryDialect({ stores: [store.store], operatorStores: [] })];
  return (await lintTexts({ x: text }, dialects)).out;
}

interface Converted {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly parameters: Readonly<Record<string, string>> };
}

describe("convert", () => {
  test.each(["strict", "namespace-wide", "cluster-wide", "reject-moved"])("%s lints clean", async (name) => {
    const { status, out, err } = await run(read(name));
    expect({ status, err }).toEqual({ status: 0, err: "1 SealedSecret converted, nothing decrypted\n" });
    expect(await findings(out)).toBe("");
  });

  test("the result opens as the SealedSecret does, one file for each item", async () => {
    const { out } = await run(read("strict"));
    const { metadata, spec } = parse(out) as Converted;
    expect(metadata).toEqual({ name: "db-creds", namespace: "team-a" });
    const objects = parse(spec.parameters["objects"] ?? "") as readonly { readonly key: string; readonly objectAlias: string }[];
    expect(objects.map(({ objectAlias }) => objectAlias)).toEqual(["password", "older", "blob.bin", "conn.txt"]);
    const text = spec.parameters["db-creds"];
    expect((await askFound(store, { text, fields: "key: conn.txt" })).value.revealText()).toBe("host=db password=p4ssw0rd");
    expect((await askFound(store, { text, fields: "key: older" })).value.revealText()).toBe("older 2048 bit key");
  });

  test("several documents, a List, JSON, other kinds between, and what the cluster added", async () => {
    const server = read("strict").replace("  namespace: team-a\n", "  namespace: team-a\n  uid: abc\n  labels: {a: b}\n") + "status: {x: y}\n";
    const { out, err } = await run(`${server}---\nkind: Pod\napiVersion: v1\n---\n${read("namespace-wide")}`);
    expect(err).toMatch(/^2 SealedSecrets/);
    expect(parseAllDocuments(out)).toHaveLength(2);
    expect(out).not.toMatch(/uid|status|labels/);
    expect(await findings(out)).toBe("");
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: [parse(read("strict")), parse(read("namespace-wide"))] });
    expect((await run(list)).out).toBe((await run(`${read("strict")}---\n${read("namespace-wide")}`)).out);
  });

  test("a name that a parameter of the language has", async () => {
    const { out } = await run(read("strict").replace("name: db-creds", "name: objects"));
    expect(await findings(out)).toBe("");
    expect(parse(out)).toMatchObject({ metadata: { name: "objects" } });
  });

  test("to a file, or nowhere", async () => {
    const { written, out, status } = await run(read("strict"), { output: "o.yaml" });
    expect({ status, out, files: [...written.keys()] }).toEqual({ status: 0, out: "", files: ["o.yaml"] });
    expect(await run(read("strict"), { output: "/no" })).toMatchObject({ status: 1, err: "in.yaml: /no cannot be written\n" });
  });

  test.each([
    ["a file that cannot be read", undefined, "the file cannot be read"],
    ["no SealedSecret", "kind: Secret\napiVersion: v1\n", "there is no SealedSecret in it"],
    ["broken YAML", "a: [", "it is not valid YAML at line"],
    ["the old form", read("strict").replace("encryptedData:", "data: x\n  encryptedData:"), "spec.data is the old form"],
    ["an item that is no file name", read("strict").replace("older: AQ", '"..a": AQ'), 'item "..a" cannot be the name of a file'],
    ["a template that runs something", read("strict").replace("{{ .password }}", "{{ env }}"), 'entry "conn.txt" of spec.template.data'],
    ["one bad among good ones", `${read("strict")}---\n${stringify({ apiVersion: "v1", kind: "SealedSecret" })}`, "is refused: it is not"],
  ])("%s: nothing is written", async (_, text, problem) => {
    const { status, out, err, written } = await run(text, { output: "o.yaml" });
    expect({ status, out, written: written.size }).toEqual({ status: 1, out: "", written: 0 });
    expect(err).toContain(problem);
  });
}); // prettier-ignore
