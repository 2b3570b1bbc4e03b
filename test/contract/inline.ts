import { MountError } from "../../src/model/error.ts";
import type { KeySource } from "../../src/model/key.ts";
import type { Store } from "../../src/model/store.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import type { Keyring } from "../../src/keys/key-service.ts";
import { createAnsibleVaultStore } from "../../src/stores/ansible-vault/index.ts";
import { createEyamlStore } from "../../src/stores/eyaml/index.ts";
import { createS5Store } from "../../src/stores/s5/index.ts";
import { createSealedSecretsStore } from "../../src/stores/sealed-secrets/index.ts";
import { Issues } from "../../src/text/issues.ts";
import { readList } from "../../src/text/read-text.ts";
import { readBytes, readVector, vectorPath } from "../vectors/vectors.ts";
import type { Subject } from "./store.ts";

/** A document that the manifest would carry, and the object's own fields as YAML. */
interface Carried {
  readonly text: string;
  readonly fields?: string;
}

interface InlineStore {
  readonly create: (wiring: { readonly keyring: Keyring }) => Store;
  readonly key: Omit<KeySource, "name" | "namespaces">;
  readonly present: readonly (Carried & { readonly bytes: Uint8Array })[];
  readonly refused: Carried & { readonly reason: string };
  readonly secrets: readonly string[];
}

/** A store of documents that the manifest carries, with one granted key: no network, so no fake. */
function inline({ create, key, present, refused, secrets }: InlineStore): () => Promise<Subject> {
  return () => {
    const keyring = createKeyring([{ ...key, name: "one", file: vectorPath(key.file), namespaces: ["shop"] }]);
    const store = create({ keyring });
    return Promise.resolve({
      store,
      params: {},
      otherParams: [],
      tokens: new Map(),
      present: present.map((one) => ({ ref: refOf(store, one), bytes: one.bytes })),
      absent: undefined,
      refused: { ref: refOf(store, refused), reason: refused.reason },
      secrets,
      close: () => Promise.resolve(),
    });
  };
}

function refOf(store: Store, { text, fields = "" }: Carried): unknown {
  const issues = new Issues();
  const [reader] = readList(`- objectName: app\n${fields.replace(/^/gmu, "  ")}`, "objects", issues) ?? [];
  if (reader === undefined) throw new MountError("internal", "the fields are not YAML");
  const ref = store.ref(reader, { objectName: "app", carried: () => text }, {});
  const problem = issues.toError();
  if (problem !== undefined) throw problem;
  return ref;
}

const { vectors: sealed } = JSON.parse(readVector("sealed-secrets/vectors.json")) as {
  vectors: readonly { readonly Name: string; readonly Sealed: string }[];
};
const sealedText = (name: string) => sealed.find((vector) => vector.Name === name)?.Sealed ?? "";
const eyamlBlock = /ENC\[PKCS7,[A-Za-z0-9+/=]+\]/.exec(readVector("eyaml/data.eyaml"))?.[0] ?? "";

export const startSealedSecrets = inline({
  create: createSealedSecretsStore,
  key: { kind: "sealed-secrets", file: "sealed-secrets/key1.key.pem", clusterWide: true },
  present: [{ text: sealedText("cluster-wide"), fields: "scope: cluster-wide", bytes: Buffer.from("cluster value") }],
  refused: { text: sealedText("strict"), fields: "scope: strict\nsealedName: db-creds", reason: "document_rejected" },
  secrets: ["cluster value", "PRIVATE KEY"],
});

export const startAnsibleVault = inline({
  create: createAnsibleVaultStore,
  key: { kind: "ansible-vault", file: "ansible-vault/pw1.txt" },
  present: [
    { text: readVector("ansible-vault/v11.yml"), bytes: readBytes("ansible-vault/plain.yml") },
    { text: readVector("ansible-vault/v11-empty.vault"), bytes: Buffer.alloc(0) },
  ],
  refused: { text: readVector("ansible-vault/v12-dev.yml"), reason: "document_rejected" },
  secrets: ["vault-pass-1"],
});

export const startEyaml = inline({
  create: createEyamlStore,
  key: { kind: "eyaml", file: "eyaml/private_key.pkcs7.pem", acceptUnauthenticated: true },
  present: [{ text: eyamlBlock, bytes: Buffer.from("hello world") }],
  refused: { text: readVector("eyaml/data-key2.eyaml"), reason: "document_rejected" },
  secrets: ["hello world", "second key", "PRIVATE KEY"],
});

export const startS5 = inline({
  create: createS5Store,
  key: { kind: "s5", file: "s5/key-aes256.hex" },
  present: [
    {
      text: readVector("s5/file-aes256.in"),
      fields: "format: text",
      bytes: readBytes("s5/file-aes256.rendered"),
    },
  ],
  refused: {
    text: readVector("s5/file-aes256.in").replace(/s5:./, "s5:A"),
    fields: "format: text",
    reason: "document_rejected",
  },
  secrets: ["000102030405"],
});
