import { MountError } from "../../model/error.ts";
import { exchangeAudience } from "../../identity/azure/azure.ts";
import type { AzureSettings } from "../../identity/azure/settings.ts";
import type { FileMode, VolumeFile } from "../../model/file.ts";
import type { Found } from "../../model/outcome.ts";
import type { PlannedObject, RenderedObject } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { Dialect, Store } from "../../model/store.ts";
import type { ObjectVersion } from "../../model/version.ts";
import { Issues } from "../../text/issues.ts";
import { contentParts } from "./content.ts";
import { azureOwnEndpoints } from "./endpoints.ts";
import { filePath, parseDialectObjects, type DialectObject } from "./dialect-objects.ts";
import { parseDialectParams } from "./dialect-params.ts";
import type { AzureFound } from "./index.ts";
import type { AzureRef } from "./objects.ts";
import type { AzureDialectSettings } from "./settings.ts";

/** `provider: azure`: manifests of the official Azure provider, with the same files, names, modes and versions. */
export function createAzureDialect(store: Store, settings: AzureDialectSettings & AzureSettings): Dialect {
  return {
    name: "azure",
    audience: exchangeAudience,
    endpoints: () => Promise.resolve(azureOwnEndpoints(settings)),
    parse: ({ parameters, defaultMode }, sink) => {
      const issues = new Issues();
      const params = parseDialectParams(parameters, settings.cloudName, issues);
      const objects = parseDialectObjects(parameters.get("objects"), issues);
      for (const issue of issues.sorted) sink.add(issue);
      if (issues.size > 0) return undefined;
      const planned = { name: params.vault, store, params };
      return {
        objects: objects.map((object): PlannedObject => {
          const { index, name, type, version, history, path } = object;
          const ref: AzureRef = { type, name, version, history, form: undefined };
          const rendering = { object, settings, defaultMode };
          const render = (found: Found, signal: AbortSignal) => renderObject(rendering, found, signal);
          return { index, name: path, store: planned, ref, output: { kind: "custom", render } };
        }),
      };
    },
  };
}

interface Rendering {
  readonly object: DialectObject;
  readonly settings: AzureDialectSettings;
  readonly defaultMode: FileMode;
}

async function renderObject(rendering: Rendering, found: Found, signal: AbortSignal): Promise<RenderedObject> {
  if (!("versions" in found)) throw new MountError("internal", "the answer is not one of the azure store");
  const { versions } = found as AzureFound;
  const { object, settings, defaultMode } = rendering;
  const form = { format: object.format, encoding: object.encoding, chain: settings.chain, separate: settings.separate };
  const files: VolumeFile[] = [];
  const ids: ObjectVersion[] = [];
  for (const [at, { version, content }] of versions.entries()) {
    const number = object.history === undefined ? undefined : at;
    const id = `${object.type}/${object.name}${number === undefined ? "" : `/${number}`}`;
    for (const { suffix, bytes } of await contentParts(content, form, signal)) {
      const path = filePath(object.path, number, suffix);
      if (path === undefined) throw new MountError("path_invalid", "the driver would refuse the file's path");
      files.push({ path, mode: object.mode ?? defaultMode, content: new Secret(Uint8Array.from(bytes)) });
      ids.push({ id, version });
    }
  }
  return { files, versions: ids };
}
