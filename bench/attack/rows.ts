import { sealText, type Sealing } from "../../src/stores/sops/store.ts";
import { vaultData, type FakeVault } from "../../test/fakes/vault.ts";
import type { FakeVaultContent } from "../../test/fakes/azure.ts";
import type { Backend } from "../../test/e2e/backend.ts";
import { readVector } from "../../test/vectors/vectors.ts";
import type { Hostile } from "./volume.ts";

/** What the attackers have: a key that opens their documents, and servers that answer what they like. */
export interface Arsenal {
  readonly recipients: Sealing["recipients"];
  readonly vault: FakeVault;
  readonly backend: Backend;
}

/** One attack. */
export interface Row {
  readonly name: string;
  /** Sent at once, each from a pod of its own. */
  readonly mounts: readonly Hostile[];
  /** In how many namespaces they are. */
  readonly namespaces: number;
}

const times = <T>(count: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** Every attack, in the order of their kinds. */
export async function createRows(arsenal: Arsenal): Promise<readonly Row[]> {
  return [...jmesPathRows(arsenal), ...(await documentRows(arsenal)), ...storeRows(arsenal), ...byteRows(arsenal)];
}

function jmesPathRows({ backend }: Arsenal): readonly Row[] {
  backend.objects.set("map", { bytes: Buffer.from('{"a":{"b":["x","y"]}}'), version: "1" });
  const list = JSON.stringify(times(3000, (at) => `item-${at}`));
  backend.objects.set("list", { bytes: Buffer.from(list), version: "1" });
  const row = (name: string, object: string, jmesPath: string): Row => ({
    name,
    namespaces: 4,
    mounts: times(20, (at) => ({
      socket: "keyferry",
      parameters: {
        stores: JSON.stringify([{ name: "s", kind: "stub", address: backend.address }]),
        objects: JSON.stringify(
          times(20, (entry) => ({ objectName: object, objectAlias: `f${at}-${entry}`, jmesPath })),
        ),
      },
    })),
  });
  return [
    row("jmesPath that doubles", "map", times(20, () => "[@,@]").join("|")),
    row("jmesPath with the root in each element", "list", "[*].{x: $}"),
    row("jmesPath that writes all for each element", "list", "[*].to_string($)"),
    row("jmesPath that joins all for each element", "list", "[*].join('', $)"),
    row("jmesPath that pads", "map", "pad_left('x', `2000000000`)"),
  ];
}

async function documentRows({ recipients }: Arsenal): Promise<readonly Row[]> {
  const seal = async (plain: string, rule?: Sealing["rule"]): Promise<string> => {
    const sealing = { format: "yaml", recipients, now: Date.parse("2026-01-01T00:00:00Z") } as const;
    const sealed = await sealText(Buffer.from(plain), rule === undefined ? sealing : { ...sealing, rule });
    return Buffer.from(sealed).toString();
  };
  const carried = (name: string, text: string, objects: readonly object[], count = 20, more = {}): Row => ({
    name,
    namespaces: 4,
    mounts: times(count, () => ({
      socket: "keyferry",
      parameters: {
        stores: JSON.stringify([{ name: "git", kind: "sops" }]),
        objects: JSON.stringify(objects),
        app: text,
        ...more,
      },
    })),
  });
  const one = [{ objectName: "app", objectAlias: "app" }];
  const pattern = { field: "encrypted_regex", text: "^a$" } as const;
  const withRule = (sealed: string, rule: string) =>
    sealed.replace(/encrypted_regex: .*/u, () => `encrypted_regex: ${JSON.stringify(rule)}`);
  const small = await seal("a: x\n", pattern);
  const longKeys = await seal(times(110, (at) => `${"k".repeat(900)}${at}: x\n`).join(""), pattern);
  const large = times(3000, (at) => `key-${at}: ${"v".repeat(20)}${at}\n`).join("");
  const selected = times(1500, (at) => ({ objectName: "app", objectAlias: `f${at}`, jmesPath: `"key-${at}"` }));
  const pgp = Buffer.concat(times(150_000, () => Buffer.from([0xca, 0x01, 0x00]))).toString("base64");
  const armored = `-----BEGIN PGP MESSAGE-----\n\n${pgp.replace(/.{64}/gu, "$&\n")}\n-----END PGP MESSAGE-----`;
  return [
    carried("a rule of repeated repetitions", withRule(small, "(?:x?){999}".repeat(180)), one),
    carried("a rule that takes long to match", withRule(longKeys, `${"(?:k?k?)".repeat(200)}z`), one),
    carried("1,500 objects of one document of 3,000 keys", await seal(large), selected, 8),
    carried("a megabyte of directives", "%\n".repeat(524_287), one),
    carried("a megabyte of brackets", "[".repeat(1 << 20), one),
    carried("a PGP message of 150,000 packets", pgpDocument(armored), one, 10),
  ];
}

/** A document whose data key a PGP message carries. */
function pgpDocument(message: string): string {
  const seal = "ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]";
  return JSON.stringify({
    a: seal,
    sops: { pgp: [{ fp: "F00D", enc: message }], mac: seal, lastmodified: "2026-01-01T00:00:00Z", version: "3.9.0" },
  });
}

function storeRows({ vault }: Arsenal): readonly Row[] {
  const zeros = `{"request_id":"r","data":{"k":[${"0,".repeat((8 << 20) / 2 - 200)}0]}}`;
  vault.routes.set("/v1/kv/zeros", { status: 200, body: zeros });
  vault.routes.set("/v1/kv/deep", { status: 200, body: `{"data":{"k":${"[".repeat(100_000)}` });
  vault.routes.set("/v1/kv/a", vaultData({ k: "v" }));
  const fromVault = (name: string, path: string): Row => ({
    name,
    namespaces: 4,
    mounts: times(8, () => ({
      socket: "vault",
      parameters: { roleName: "shop", objects: `- { objectName: f, secretPath: ${path}, secretKey: k }` },
    })),
  });
  const objects = times(20, (at) => `  - |\n    objectName: slow\n    objectType: secret\n    objectAlias: f${at}\n`);
  return [
    fromVault("a Vault answer of 8 MiB of zeros", "kv/zeros"),
    fromVault("a Vault answer of brackets", "kv/deep"),
    {
      name: "PFX files of many rounds",
      namespaces: 4,
      mounts: times(20, () => ({
        socket: "azure",
        parameters: { keyvaultName: "shop", tenantID: "t", clientID: "c", objects: `array:\n${objects.join("")}` },
      })),
    },
  ];
}

/** A key vault with a certificate that takes long to open. */
export function slowVault(): FakeVaultContent {
  const version = {
    version: "1".repeat(32),
    enabled: true,
    created: 1,
    kid: true,
    contentType: "application/x-pkcs12",
  };
  return { secrets: { slow: [{ ...version, value: slowPfx() }] }, keys: {}, certificates: {} };
}

/** A PFX each of whose derivations says that it takes 32,767 rounds. */
function slowPfx(): string {
  const { fixture } = JSON.parse(readVector("azure/mounts.json")) as {
    fixture: { secrets: Record<string, readonly { readonly value: string }[]> };
  };
  const bytes = Buffer.from(fixture.secrets["pfx-aes"]?.[0]?.value ?? "", "base64");
  const usual = Buffer.from([2, 2, 8, 0]);
  for (let at = bytes.indexOf(usual); at !== -1; at = bytes.indexOf(usual, at + 1)) bytes.set([2, 2, 0x7f, 0xff], at);
  return bytes.toString("base64");
}

function byteRows({ backend }: Arsenal): readonly Row[] {
  const sizes = { "400k": 400 << 10, "1m": 1 << 20, "4m": (4 << 20) - 4096, "8m": 8 << 20 } as const;
  for (const [name, size] of Object.entries(sizes)) {
    backend.objects.set(name, { bytes: Buffer.alloc(size, 0x61), version: "1" });
  }
  const row = (name: string, count: number, objects: readonly string[], namespaces: number): Row => ({
    name,
    namespaces,
    mounts: times(count, () => ({
      socket: "keyferry",
      parameters: {
        stores: JSON.stringify([{ name: "s", kind: "stub", address: backend.address }]),
        objects: JSON.stringify(objects.map((objectName, at) => ({ objectName, objectAlias: `f${at}` }))),
      },
    })),
  });
  return [
    row("250 Mounts of 400 KB, an account each", 250, ["400k"], 50),
    row("100 Mounts of 1 MB", 100, ["1m"], 25),
    row("30 Mounts of 4 MB", 30, ["4m"], 10),
    row("250 Mounts of one object of 1 MB", 250, ["1m"], 1),
    row(
      "one manifest of 40 objects of 8 MB",
      1,
      times(40, () => "8m"),
      1,
    ),
  ];
}
