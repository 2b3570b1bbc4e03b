import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyring } from "../../src/keys/keyring.ts";
import type { Store } from "../../src/model/store.ts";
import { createSopsStore } from "../../src/stores/sops/index.ts";
import { createFields } from "../unit/stores/sops/asking.ts";
import { readIndex, readVector } from "../unit/stores/sops/vectors.ts";
import type { Subject } from "./store.ts";

/** The sops store with one granted key: no network, so no fake. */
export function startSops(): Promise<Subject> {
  const file = join(mkdtempSync(join(tmpdir(), "kf-contract-")), "key");
  writeFileSync(file, readVector("keys/age-2.txt"));
  const keyring = createKeyring([{ name: "two", kind: "age", file, namespaces: ["shop"] }]);
  const store: Store = createSopsStore({ keyring });
  const vectors = new Map(readIndex("sops/index.json"));
  const refOf = (name: string) => {
    const text = readVector(`sops/${vectors.get(name)?.file ?? ""}`);
    return store.ref(createFields(undefined), { objectName: name, carried: () => text }, {});
  };
  return Promise.resolve({
    store,
    params: {},
    otherParams: [],
    tokens: new Map(),
    present: [{ ref: refOf("yaml-age-two-recipients"), bytes: Buffer.from("k: v\n") }],
    absent: undefined,
    refused: { ref: refOf("yaml-types"), reason: "key_not_granted" },
    secrets: ["AGE-SECRET-KEY", "s3cr3t"],
    close: () => Promise.resolve(),
  });
}
