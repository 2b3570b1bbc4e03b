import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Keyring } from "../../src/keys/contract.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import { isGranted } from "../../src/model/grant.ts";
import { createAnsibleVaultStore } from "../../src/stores/ansible-vault/store.ts";
import { createEyamlStore } from "../../src/stores/eyaml/store.ts";
import { createS5Store } from "../../src/stores/s5/store.ts";
import { createSealedSecretsStore } from "../../src/stores/sealed-secrets/store.ts";
import { ask, type Question } from "../fakes/ask-store.ts";
import { readVector, vectorPath } from "../vectors/vectors.ts";
import { connected, type Connected } from "../fakes/connected.ts";

const files = {
  "sealed-secrets": "sealed-secrets/key1.key.pem",
  "ansible-vault": "ansible-vault/pw1.txt",
  eyaml: "eyaml/private_key.pkcs7.pem",
  s5: "keys/transit-aes256.hex",
  pgp: "keys/pgp-curve-secret.asc",
} as const;

type Kind = keyof typeof files;

/** A key of every kind for these namespaces. */
function ringFor(namespaces: (kind: Kind) => readonly string[]) {
  const kinds = Object.keys(files) as readonly Kind[];
  return createKeyring(
    kinds.map((kind) => {
      const file = kind === "s5" ? s5Key() : vectorPath(files[kind]);
      return { name: kind, kind, file, namespaces: namespaces(kind), acceptUnauthenticated: true, clusterWide: true };
    }),
  );
}

function s5Key(): string {
  return vectorPath("s5/key-aes256.hex");
}

const sealed = (
  JSON.parse(readVector("sealed-secrets/vectors.json")) as {
    readonly vectors: readonly { readonly Name: string; readonly Sealed: string }[];
  }
).vectors;
const textOf = (name: string) => sealed.find(({ Name }) => Name === name)?.Sealed ?? "";
const v11 = readVector("ansible-vault/v11.yml");
const block = /ENC\[PKCS7,([A-Za-z0-9+/=]+)\]/.exec(readVector("eyaml/data.eyaml"))?.[1] ?? "";
const tokens = JSON.parse(readVector("s5/tokens.json")) as { vectors: readonly { name: string; token: string }[] };
const token = tokens.vectors.find(({ name }) => name === "aes-256")?.token ?? "";

/** One document of each format that opens, and what is encrypted in it. */
const samples: readonly { readonly kind: Kind; readonly make: (deps: { readonly keyring: Keyring }) => Connected; readonly question: Question }[] = [
  { kind: "sealed-secrets", make: (deps) => connected(createSealedSecretsStore(), deps), question: { text: textOf("strict"), fields: "scope: strict\nsealedName: db-creds" } },
  { kind: "sealed-secrets", make: (deps) => connected(createSealedSecretsStore(), deps), question: { text: textOf("cluster-wide"), fields: "scope: cluster-wide" } },
  { kind: "ansible-vault", make: (deps) => connected(createAnsibleVaultStore(), deps), question: { text: v11 } },
  { kind: "eyaml", make: (deps) => connected(createEyamlStore(), deps), question: { text: `ENC[PKCS7,${block}]` } },
  { kind: "s5", make: (deps) => connected(createS5Store(), deps), question: { text: `{{s5:${token}}}` } },
]; // prettier-ignore

async function outcome(store: Connected, question: Question): Promise<string> {
  const answer = await ask(store, question);
  if (answer.kind === "failed") return `${answer.error.reason}: ${answer.error.message}`;
  return answer.kind === "found" ? `found ${answer.value.revealText()}` : answer.kind;
}

const everywhere = ringFor(() => ["*"]);

describe("any byte flipped", () => {
  const expectRefused = async (
    store: Connected,
    bytes: Buffer,
    write: (bytes: Buffer) => Question,
    runs: number,
    isChange: (before: Buffer, after: Buffer) => boolean = () => true,
  ) => {
    const said = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        fc.pre(isChange(bytes, changed));
        const result = await outcome(store, write(changed));
        said.add(result);
        expect(result).toMatch(/^document_rejected: /);
      }),
      { numRuns: runs },
    );
    expect(said.size).toBe(1);
  };

  test("a sealed value", async () => {
    const store = connected(createSealedSecretsStore(), { keyring: everywhere });
    const fields = "scope: strict\nsealedName: db-creds";
    const write = (bytes: Buffer) => ({ text: bytes.toString("base64"), fields });
    await expectRefused(store, Buffer.from(textOf("strict"), "base64"), write, 60);
  });

  test("a vault", async () => {
    const store = connected(createAnsibleVaultStore(), { keyring: everywhere });
    const [header = "", ...body] = v11.trim().split("\n");
    const write = (bytes: Buffer) => ({ text: `${header}\n${bytes.toString("hex")}` });
    // Inside it are hexadecimal digits, too, which mean the same in both cases.
    const digits = (bytes: Buffer) => bytes.toString("latin1").toLowerCase();
    const isChange = (before: Buffer, after: Buffer) => digits(before) !== digits(after);
    await expectRefused(store, Buffer.from(body.join(""), "hex"), write, 60, isChange);
  });

  test("a token", async () => {
    const store = connected(createS5Store(), { keyring: everywhere });
    const write = (bytes: Buffer) => ({ text: `{{s5:${bytes.toString("base64")}}}` });
    // A letter of hexadecimal digits may change its case without changing the bytes.
    const inner = Buffer.from(Buffer.from(token, "base64").toString("latin1").toUpperCase(), "latin1");
    const cased = (bytes: Buffer) => write(Buffer.from(bytes.toString("latin1").replace(/[a-f]/g, "g"), "latin1"));
    await expectRefused(store, inner, cased, 200);
  });

  test("an eyaml block never fails in two ways, whatever becomes of it", async () => {
    const store = connected(createEyamlStore(), { keyring: everywhere });
    const bytes = Buffer.from(block, "base64");
    const said = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        const result = await outcome(store, { text: `ENC[PKCS7,${changed.toString("base64")}]` });
        said.add(result.startsWith("found ") ? "found" : result);
      }),
      { numRuns: 150 },
    );
    said.delete("found");
    expect(said.size).toBe(1);
  });
});

test("no document opens in a namespace that was not granted its key, under any grants", async () => {
  const patterns = fc.array(fc.constantFrom("team-a", "team-b", "team-*", "*-b", "shop"), { maxLength: 3 });
  const namespaces = fc.constantFrom("team-a", "team-b", "team", "shop", "a");
  await fc.assert(
    fc.asyncProperty(fc.array(patterns, { minLength: 5, maxLength: 5 }), namespaces, async (grants, namespace) => {
      const kinds = Object.keys(files);
      const grantsOf = (kind: Kind) => grants[kinds.indexOf(kind)] ?? [];
      const keyring = ringFor(grantsOf);
      for (const { kind, make, question } of samples) {
        const result = await outcome(make({ keyring }), { ...question, namespace });
        const bound = question.fields?.startsWith("scope: strict") === true;
        const opens = isGranted(grantsOf(kind), namespace) && (!bound || namespace === "team-a");
        expect([kind, result.startsWith("found ")]).toEqual([kind, opens]);
        const open = await outcome(make({ keyring: everywhere }), { ...question, namespace: "team-a" });
        expect(open).toMatch(/^found /);
      }
    }),
    { numRuns: 25 },
  );
});

test("what is refused names no key, no other namespace, and shows no byte of a key", async () => {
  const keyring = ringFor(() => ["elsewhere"]);
  for (const { make, question } of samples) {
    const result = await outcome(make({ keyring }), question);
    expect(result).toMatch(/^key_not_granted: /);
    expect(result).not.toMatch(/elsewhere|\.pem|\.txt|\.hex/);
  }
  expect(readFileSync(s5Key(), "utf8").trim()).toHaveLength(64);
});

test("no text makes a store throw anything but a MountError, or hang", async () => {
  const pieces = fc.constantFrom(
    "apiVersion: bitnami.com/v1alpha1\n", "kind: SealedSecret\n", "metadata: {name: a}\n", "spec:\n", "  encryptedData:\n", "    a: Ag==\n",
    "$ANSIBLE_VAULT;1.1;AES256\n", "!vault ", "ENC[PKCS7,", "YQ==", "]", "{{s5:", "}}", "s5://", ":", " ", "\n", "[", "{", "}", '"', "'",
    "- ", "&a ", "*a", "---\n", "#", "|\n", "!!binary ", "{{ .a }}",
  ); // prettier-ignore
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 25 }).map((all) => all.join("")),
  );
  await fc.assert(
    fc.asyncProperty(texts, fc.constantFrom(...samples), async (text, { make }) => {
      const result = await outcome(make({ keyring: everywhere }), { text });
      expect(result).toMatch(/^(found|document_|key_not_granted|not_permitted)/);
      expect(result).not.toMatch(/internal/);
    }),
    { numRuns: 400 },
  );
});
