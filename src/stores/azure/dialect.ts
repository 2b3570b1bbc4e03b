import { MountError } from "../../model/error.ts";
import { exchangeAudience } from "../../identity/azure/azure.ts";
import type { AzureSettings } from "../../identity/azure/settings.ts";
import { parseObjectPath, type FileMode, type ObjectPath, type VolumeFile } from "../../model/file.ts";
import type { Found } from "../../model/outcome.ts";
import { planSingles, planStore, type Rendered, type RenderContext } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { Dialect } from "../../model/dialect.ts";
import type { StoreKind } from "../../model/store.ts";
import type { ObjectVersion } from "../../model/version.ts";
import { reportClashes, type ClaimedPath } from "../../text/claimed-paths.ts";
import { Issues } from "../../text/issues.ts";
import { contentParts } from "./content.ts";
import { azureOwnEndpoints } from "./endpoints.ts";
import { azureAdvice } from "./dialect-advice.ts";
import { filePath, parseDialectObjects, type DialectObject } from "./dialect-objects.ts";
import { parseDialectParams } from "./dialect-params.ts";
import { azureRead, type AzureFound } from "./store.ts";
import type { AzureRef } from "./objects.ts";
import type { AzureDialectSettings } from "./settings.ts";

/** `provider: azure`: manifests of the official Azure provider, with the same files, names, modes and versions. */
export function createAzureDialect(store: StoreKind, settings: AzureDialectSettings & AzureSettings): Dialect {
  return {
    name: "azure",
    permission: "json",
    advice: azureAdvice,
    audience: { name: exchangeAudience, required: false, byApi: "no" },
    endpoints: azureOwnEndpoints(settings),
    parse: ({ parameters, defaultMode }, sink) => {
      const issues = new Issues();
      const params = parseDialectParams(parameters, settings.cloudName, issues);
      const objects = parseDialectObjects(parameters.get("objects"), issues);
      reportClashes(claimsOf(objects, settings.separate), "later", issues);
      for (const issue of issues.sorted) sink.add(issue);
      if (issues.size > 0) return undefined;
      const planned = planStore(params.vault, store, params);
      return planSingles(
        objects.map((object) => {
          const { index, name, type, version, history, path } = object;
          const ref: AzureRef = { type, name, version, history, form: undefined };
          const rendering = { object, settings, defaultMode };
          const render = (found: Found, context: RenderContext) => renderObject(rendering, found, context);
          const paths = history === undefined ? pathsOf(path, settings.separate && type === "secret") : undefined;
          return { index, name: path, store: planned, read: azureRead(ref), paths, render };
        }),
        "later",
      );
    },
  };
}

/** Paths that are surely files; of a history its first file, which tells of the folder. */
function claimsOf(objects: readonly DialectObject[], separate: boolean): readonly ClaimedPath[] {
  return objects.flatMap(({ path, place, type, history }): readonly ClaimedPath[] => {
    if (separate && type === "secret") return [];
    return [{ path: history === undefined ? path : [path, "0"].filter((part) => part !== "").join("/"), place }];
  });
}

/** The one file of an object; not known where a certificate's halves may become files of their own. */
function pathsOf(path: string, mayDivide: boolean): readonly ObjectPath[] | undefined {
  const whole = mayDivide ? undefined : parseObjectPath(path);
  return whole === undefined ? undefined : [whole];
}

interface Rendering {
  readonly object: DialectObject;
  readonly settings: AzureDialectSettings;
  readonly defaultMode: FileMode;
}

async function renderObject(rendering: Rendering, found: Found, context: RenderContext): Promise<Rendered> {
  if (!("versions" in found)) throw new MountError("internal", "the answer is not one of the azure store");
  const { versions } = found as AzureFound;
  const { object, settings, defaultMode } = rendering;
  const form = { format: object.format, encoding: object.encoding, chain: settings.chain, separate: settings.separate };
  const files: VolumeFile[] = [];
  const ids: ObjectVersion[] = [];
  for (const [at, { version, content }] of versions.entries()) {
    const number = object.history === undefined ? undefined : at;
    const id = `${object.type}/${object.name}${number === undefined ? "" : `/${number}`}`;
    for (const { suffix, bytes } of await contentParts(content, form, context)) {
      const path = filePath(object.path, number, suffix);
      if (path === undefined) throw new MountError("path_invalid", "the driver would refuse the file's path");
      files.push({ path, mode: object.mode ?? defaultMode, content: new Secret(Uint8Array.from(bytes)) });
      ids.push({ id, version });
    }
  }
  return { files, versions: ids };
}
