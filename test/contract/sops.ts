import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyring } from "../../src/keys/keyring.ts";
import { createSopsStore } from "../../src/stores/sops/store.ts";
import { readIndex, readVector } from "../unit/stores/sops/vectors.ts";
import type { Subject } from "./store.ts";
import { connected } from "../fakes/connected.ts";
import { compute } from "../fakes/compute.ts";

/** The sops store with one granted key: no network, so no fake. */
export function startSops(): Promise<Subject> {
  const file = join(mkdtempSync(join(tmpdir(), "kf-contract-")), "key");
  writeFileSync(file, readVector("keys/age-2.txt"));
  const keyring = createKeyring([{ name: "two", kind: "age", file, namespaces: ["shop"] }]);
  const vectors = new Map(readIndex("sops/index.json"));
  const textOf = (name: string) => readVector(`sops/${vectors.get(name)?.file ?? ""}`);
  const names = ["yaml-age-two-recipients", "yaml-types"];
  return Promise.resolve({
    ...connected(createSopsStore({ refuseOlder: false }), { keyring, compute }),
    documents: new Map(names.map((name) => [name, textOf(name)])),
    params: "",
    otherParams: [],
    tokens: new Map(),
    present: [{ object: "objectName: yaml-age-two-recipients", bytes: Buffer.from("k: v\n") }],
    absent: undefined,
    refused: { object: "objectName: yaml-types", reason: "key_not_granted" },
    secrets: ["AGE-SECRET-KEY", "s3cr3t"],
    close: () => Promise.resolve(),
  });
}
