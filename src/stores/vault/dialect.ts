import { MountError } from "../../model/error.ts";
import type { FileMode } from "../../model/file.ts";
import type { Found } from "../../model/outcome.ts";
import { planSingles, planStore, type Rendered, type RenderContext } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { Dialect } from "../../model/dialect.ts";
import type { StoreKind } from "../../model/store.ts";
import { reportClashes } from "../../text/claimed-paths.ts";
import { Issues } from "../../text/issues.ts";
import { vaultEndpoints } from "./endpoints.ts";
import { adviceFor } from "./dialect-advice.ts";
import { parseDialectObjects, type DialectObject } from "./dialect-objects.ts";
import { parseDialectParams, tlsOf } from "./dialect-params.ts";
import { isVaultFound } from "./native.ts";
import { decodeBytes, pickBytes } from "./pick.ts";
import { shownPath } from "./request.ts";
import type { VaultSettings } from "./layers.ts";
import { vaultRead } from "./store.ts";
import type { VaultVariant } from "./variants.ts";
import { officialVersion } from "./version.ts";

/** `provider: vault` or `openbao`: manifests of that official provider, with the same files, names, modes and versions. */
export function createVaultDialect(store: StoreKind, settings: VaultSettings, variant: VaultVariant): Dialect {
  const { provider, knowsMountType } = variant;
  const address = settings.agentAddress || settings.address;
  return {
    name: provider,
    permission: "json",
    advice: adviceFor(variant),
    audience: { name: variant.audience, required: false, byApi: "yes" },
    endpoints: vaultEndpoints(address === "" ? [] : [address], tlsOf(settings, variant)),
    parse: ({ parameters, defaultMode }, sink) => {
      const issues = new Issues();
      const params = parseDialectParams(parameters, settings, variant, issues);
      const objects = parseDialectObjects(parameters.get("objects") ?? "", issues);
      reportClashes(objects, "later", issues);
      for (const issue of issues.sorted) sink.add(issue);
      if (issues.size > 0) return undefined;
      const planned = planStore(provider, store, params);
      return planSingles(
        objects.map((object) => {
          const { index, settings: own, request, path } = object;
          const read = vaultRead({ request, key: own.secretKey, knowsMountType });
          const render = (found: Found, context: RenderContext) =>
            renderObject(object, found, { defaultMode, variant }, context);
          return { index, name: own.objectName, store: planned, read, paths: [path], render };
        }),
        "later",
      );
    },
  };
}

async function renderObject(
  { settings, request, path, mode }: DialectObject,
  found: Found,
  { defaultMode, variant }: { readonly defaultMode: FileMode; readonly variant: VaultVariant },
  { hmacKey }: RenderContext,
): Promise<Rendered> {
  if (!isVaultFound(found)) throw new MountError("internal", "the answer is not one of the vault store");
  const picked = pickBytes(found.answer(), settings.secretKey, shownPath(request));
  const content = settings.secretKey === "" ? picked : decodeBytes(picked, settings.encoding);
  const key = await hmacKey(variant.hmacSecret);
  const version = key === undefined ? "" : officialVersion(key, settings, content);
  return {
    files: [{ path, mode: mode ?? defaultMode, content: new Secret(content) }],
    versions: [{ id: settings.objectName, version }],
  };
}
