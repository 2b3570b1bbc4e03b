import { audiences } from "../../identity/aws/login.ts";
import type { AwsSettings } from "../../identity/aws/settings.ts";
import type { Dialect } from "../../model/dialect.ts";
import type { FileMode } from "../../model/file.ts";
import type { Found } from "../../model/outcome.ts";
import { planSingles, planStore, type SingleObject } from "../../model/plan.ts";
import type { StoreKind } from "../../model/store.ts";
import { reportClashes } from "../../text/claimed-paths.ts";
import { Issues } from "../../text/issues.ts";
import { createAwsAdvice } from "./dialect-advice.ts";
import { claimedPaths } from "./dialect-objects.ts";
import { parseManifest, type ParsedManifest } from "./dialect-plan.ts";
import { renderObject } from "./render.ts";
import { awsRead } from "./store.ts";

/** `provider: aws`: manifests of the official AWS provider, with the same files, names, modes and versions. */
export function createAwsDialect(store: StoreKind, settings: AwsSettings): Dialect {
  const { own } = settings.endpoints;
  const addresses = [own.secretsmanager, own.ssm, own.sts, settings.podIdentityAgent];
  return {
    name: "aws",
    permission: "json",
    advice: createAwsAdvice(settings.region),
    audience: { name: audiences.irsa, required: false, byApi: "yes" },
    endpoints: addresses
      .filter((address) => address !== "" && !address.includes("{region}"))
      .map((address) => ({ address })),
    parse: ({ parameters, defaultMode }, sink) => {
      const issues = new Issues();
      const parsed = parseManifest(parameters, settings.region, issues);
      reportClashes(parsed.objects.flatMap(claimedPaths), "later", issues);
      for (const issue of issues.sorted) sink.add(issue);
      if (issues.size > 0) return undefined;
      return planSingles(singlesOf(parsed, store, defaultMode), "later");
    },
  };
}

function singlesOf(
  { params, objects }: ParsedManifest,
  store: StoreKind,
  defaultMode: FileMode,
): readonly SingleObject[] {
  const planned = planStore("aws", store, params);
  return objects.map((object) => {
    const { index, name, path, cuts, ref } = object;
    const paths = [path, ...cuts.map((cut) => cut.path)];
    const render = (found: Found) => renderObject(object, found, defaultMode);
    return { index, name, store: planned, read: awsRead(ref), paths, render };
  });
}
