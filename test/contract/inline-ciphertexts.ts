import type { Keyring } from "../../src/keys/contract.ts";
import { createAnsibleVaultStore } from "../../src/stores/ansible-vault/store.ts";
import { createEyamlStore } from "../../src/stores/eyaml/store.ts";
import { createS5Store } from "../../src/stores/s5/store.ts";
import { createSealedSecretsStore } from "../../src/stores/sealed-secrets/store.ts";
import { keyringOf } from "../unit/stores/inline-keyring.ts";
import { readBytes, readVector } from "../vectors/vectors.ts";
import type { Subject } from "./store.ts";
import { connected, type Connected } from "../fakes/connected.ts";

interface Sample {
  readonly text: string;
  readonly fields?: string;
}

interface Kind {
  readonly make: (deps: { readonly keyring: Keyring }) => Connected;
  readonly file: string;
  readonly present: readonly (Sample & { readonly bytes: Uint8Array })[];
  /** Encrypted for another key. */
  readonly foreign: Sample;
}

const { vectors } = JSON.parse(readVector("sealed-secrets/vectors.json")) as {
  readonly vectors: readonly { readonly Name: string; readonly Sealed: string }[];
};
const sealed = (name: string) => vectors.find(({ Name }) => Name === name)?.Sealed ?? "";
const { vectors: tokens } = JSON.parse(readVector("s5/tokens.json")) as {
  readonly vectors: readonly { readonly name: string; readonly token: string }[];
};
const token = (name: string) => `{{s5:${tokens.find((vector) => vector.name === name)?.token ?? ""}}}`;
const block = /ENC\[PKCS7,[A-Za-z0-9+/=]+\]/.exec(readVector("eyaml/data.eyaml"))?.[0] ?? "";

/** Documents that need no server: each store with a key granted to the namespace `shop`. */
const kinds: Readonly<Record<string, Kind>> = {
  "sealed-secrets": {
    make: (deps) => connected(createSealedSecretsStore(), deps),
    file: "sealed-secrets/key1.key.pem",
    present: [{ text: sealed("cluster-wide"), fields: "scope: cluster-wide", bytes: Buffer.from("cluster value") }],
    foreign: { text: sealed("strict"), fields: "scope: strict\nsealedName: db-creds" },
  },
  "ansible-vault": {
    make: (deps) => connected(createAnsibleVaultStore(), deps),
    file: "ansible-vault/pw1.txt",
    present: [
      { text: readVector("ansible-vault/v11.yml"), bytes: readBytes("ansible-vault/plain.yml") },
      { text: readVector("ansible-vault/v11-binary.vault"), bytes: readBytes("ansible-vault/plain.bin") },
    ],
    foreign: { text: readVector("ansible-vault/v12-dev.yml") },
  },
  eyaml: {
    make: (deps) => connected(createEyamlStore(), deps),
    file: "eyaml/private_key.pkcs7.pem",
    present: [
      { text: block, bytes: Buffer.from("hello world") },
      { text: `a: ${block}\n`, bytes: Buffer.from('a: "hello world"\n') },
    ],
    foreign: { text: readVector("eyaml/data-key2.eyaml") },
  },
  s5: {
    make: (deps) => connected(createS5Store(), deps),
    file: "s5/key-aes256.hex",
    present: [
      { text: token("aes-256-empty"), bytes: Buffer.alloc(0) },
      { text: `a: "${token("aes-256-empty")}x"\n`, bytes: Buffer.from('a: "x"\n') },
    ],
    foreign: { text: token("aes-128") },
  },
};

/** How each of these kinds is brought up. */
export const inlineSubjects: Readonly<Record<string, () => Promise<Subject>>> = Object.fromEntries(
  Object.entries(kinds).map(([kind, one]) => [kind, () => Promise.resolve(subjectOf(kind, one))]),
);

function subjectOf(kind: string, { make, file, present, foreign }: Kind): Subject {
  const settings = { file, namespaces: ["shop"], clusterWide: true, acceptUnauthenticated: true };
  const samples = [...present, foreign];
  const fieldsOf = ({ fields = "" }: Sample, at: number) =>
    [`objectName: d${at}`, ...fields.split("\n").filter((line) => line !== "")].join(", ");
  return {
    ...make({ keyring: keyringOf(kind, settings) }),
    documents: new Map(samples.map(({ text }, at) => [`d${at}`, text])),
    params: "",
    otherParams: [],
    tokens: new Map(),
    present: present.map((sample, at) => ({ object: fieldsOf(sample, at), bytes: sample.bytes })),
    absent: undefined,
    refused: { object: fieldsOf(foreign, present.length), reason: "document_rejected" },
    secrets: ["PRIVATE KEY", "vault-pass", "000102030405"],
    close: () => Promise.resolve(),
  };
}
