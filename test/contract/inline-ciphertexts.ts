import type { Keyring } from "../../src/keys/contract.ts";
import type { Store } from "../../src/model/store.ts";
import { createAnsibleVaultStore } from "../../src/stores/ansible-vault/index.ts";
import { createEyamlStore } from "../../src/stores/eyaml/index.ts";
import { createS5Store } from "../../src/stores/s5/index.ts";
import { createSealedSecretsStore } from "../../src/stores/sealed-secrets/index.ts";
import { Issues } from "../../src/text/issues.ts";
import { readList } from "../../src/text/yaml/read-text.ts";
import { keyringOf } from "../unit/stores/inline-keyring.ts";
import { readBytes, readVector } from "../vectors/vectors.ts";
import type { Subject } from "./store.ts";

interface Sample {
  readonly text: string;
  readonly fields?: string;
}

interface Kind {
  readonly make: (wiring: { readonly keyring: Keyring }) => Store;
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
    make: createSealedSecretsStore,
    file: "sealed-secrets/key1.key.pem",
    present: [{ text: sealed("cluster-wide"), fields: "scope: cluster-wide", bytes: Buffer.from("cluster value") }],
    foreign: { text: sealed("strict"), fields: "scope: strict\nsealedName: db-creds" },
  },
  "ansible-vault": {
    make: createAnsibleVaultStore,
    file: "ansible-vault/pw1.txt",
    present: [
      { text: readVector("ansible-vault/v11.yml"), bytes: readBytes("ansible-vault/plain.yml") },
      { text: readVector("ansible-vault/v11-binary.vault"), bytes: readBytes("ansible-vault/plain.bin") },
    ],
    foreign: { text: readVector("ansible-vault/v12-dev.yml") },
  },
  eyaml: {
    make: createEyamlStore,
    file: "eyaml/private_key.pkcs7.pem",
    present: [
      { text: block, bytes: Buffer.from("hello world") },
      { text: `a: ${block}\n`, bytes: Buffer.from('a: "hello world"\n') },
    ],
    foreign: { text: readVector("eyaml/data-key2.eyaml") },
  },
  s5: {
    make: createS5Store,
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
  const store = make({ keyring: keyringOf(kind, settings) });
  const refOf = ({ text, fields = "" }: Sample) => {
    const entry = `- objectName: app\n${fields.replace(/^/gmu, "  ")}`;
    const [reader] = readList(entry, "objects", new Issues()) ?? [];
    if (reader === undefined) throw new Error("the fields are not YAML");
    return store.ref(reader, { objectName: "app", carried: () => text }, {});
  };
  return {
    store,
    params: {},
    otherParams: [],
    tokens: new Map(),
    present: present.map((sample) => ({ ref: refOf(sample), bytes: sample.bytes })),
    absent: undefined,
    refused: { ref: refOf(foreign), reason: "document_rejected" },
    secrets: ["PRIVATE KEY", "vault-pass", "000102030405"],
    close: () => Promise.resolve(),
  };
}
