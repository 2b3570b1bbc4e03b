import { MountError } from "../../model/error.ts";
import type { FileMode } from "../../model/file.ts";
import type { Found } from "../../model/outcome.ts";
import type { PlannedObject, RenderedObject } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { Dialect, Store } from "../../model/store.ts";
import { Issues } from "../../text/issues.ts";
import { vaultEndpoints } from "./endpoints.ts";
import { parseDialectObjects, type DialectObject } from "./dialect-objects.ts";
import { parseDialectParams, tlsOf } from "./dialect-params.ts";
import { isVaultFound } from "./native.ts";
import { decodeBytes, pickBytes } from "./pick.ts";
import { shownPath } from "./request.ts";
import { standardAudience } from "./session.ts";
import type { VaultSettings } from "./settings.ts";
import type { ReadTls } from "./tls.ts";
import { officialVersion } from "./version.ts";

/** What the dialect is wired with. */
export interface VaultDialectWiring {
  /** The one that `createVaultStore` made. */
  readonly store: Store;
  /** The key of object versions; while there is none, versions are empty. */
  readonly hmacKey: () => Promise<Secret | undefined>;
  readonly settings: VaultSettings;
  readonly readTls: ReadTls;
}

/** `provider: vault`: manifests of the official Vault provider, with the same files, names, modes and versions. */
export function createVaultDialect({ store, hmacKey, settings, readTls }: VaultDialectWiring): Dialect {
  return {
    name: "vault",
    audience: standardAudience,
    endpoints: () => {
      const address = settings.agentAddress || settings.address;
      return vaultEndpoints(address === "" ? [] : [address], tlsOf(settings), readTls);
    },
    parse: ({ parameters, defaultMode }, sink) => {
      const issues = new Issues();
      const params = parseDialectParams(parameters, settings, issues);
      const objects = parseDialectObjects(parameters.get("objects") ?? "", issues);
      for (const issue of issues.sorted) sink.add(issue);
      if (issues.size > 0) return undefined;
      const planned = { name: "vault", store, params };
      return {
        objects: objects.map((object): PlannedObject => {
          const { index, settings: own, request } = object;
          const ref = { request, key: own.secretKey };
          const render = (found: Found) => renderObject(object, found, defaultMode, hmacKey);
          return { index, name: own.objectName, store: planned, ref, output: { kind: "custom", render } };
        }),
      };
    },
  };
}

async function renderObject(
  { settings, request, path, mode }: DialectObject,
  found: Found,
  defaultMode: FileMode,
  hmacKey: () => Promise<Secret | undefined>,
): Promise<RenderedObject> {
  if (!isVaultFound(found)) throw new MountError("internal", "the answer is not one of the vault store");
  const picked = pickBytes(found.answer(), settings.secretKey, shownPath(request));
  const content = settings.secretKey === "" ? picked : decodeBytes(picked, settings.encoding);
  const key = await hmacKey();
  const version = key === undefined ? "" : officialVersion(key, settings, content);
  return {
    files: [{ path, mode: mode ?? defaultMode, content: new Secret(content) }],
    versions: [{ id: settings.objectName, version }],
  };
}
