/** Which of the two services holds a resource. */
export type ResourceKind = "secret" | "parameter";

/** One version of a secret or parameter. */
export interface Resource {
  readonly kind: ResourceKind;
  /** As it was written: `projects/…/versions/…`. */
  readonly name: string;
  /** Where it is kept; `""` for what is not bound to a region. Safe as part of a host name. */
  readonly location: string;
}

/** A name, read, or what is wrong with it. */
export type ParsedResource =
  | { readonly kind: "parsed"; readonly resource: Resource }
  | { readonly kind: "refused"; readonly problem: string; readonly fix: string };

/** Longest name that is sent; Google's own parts end at 255. */
const longestName = 1024;

const forms =
  "projects/P/secrets/S/versions/V, projects/P/locations/L/secrets/S/versions/V or " +
  "projects/P/locations/L/parameters/N/versions/V";

/**
 * Reads the full name of a version. The location decides which host is sent the token, so it is held to what a region
 * can look like; parts that a URL would swallow are refused.
 */
export function parseResourceName(name: string): ParsedResource {
  const form = matchForm(name);
  if (form === undefined) return { kind: "refused", problem: "unknown resource type", fix: `write ${forms}` };
  const { kind, location } = form;
  const problem = locationProblem(kind, location) ?? partProblem(name);
  if (problem !== undefined) return { kind: "refused", ...problem };
  return {
    kind: "parsed",
    resource: { kind, name, location: kind === "parameter" && location === "global" ? "" : location },
  };
}

/** Why a text cannot be a location; undefined when it can. */
export function isLocation(text: string): boolean {
  return /^[a-z0-9-]{1,30}$/u.test(text);
}

function matchForm(name: string): { readonly kind: ResourceKind; readonly location: string } | undefined {
  const parts = name.split("/");
  if (parts.includes("") || name.length > longestName) return undefined;
  const words = parts.filter((_, index) => index % 2 === 0).join("/");
  if (parts.length === 6 && words === "projects/secrets/versions") return { kind: "secret", location: "" };
  if (parts.length !== 8) return undefined;
  const location = parts[3] ?? "";
  if (words === "projects/locations/secrets/versions") return { kind: "secret", location };
  return words === "projects/locations/parameters/versions" ? { kind: "parameter", location } : undefined;
}

function locationProblem(kind: ResourceKind, location: string): { problem: string; fix: string } | undefined {
  if ((kind === "secret" && location === "") || isLocation(location)) return undefined;
  const fix = "write a location such as us-central1: lower-case letters, digits and -, at most 30 of them";
  const shown = location.length > 40 ? `${location.slice(0, 40)}…` : location;
  if (!/^[a-zA-Z0-9-]+$/u.test(location)) return { problem: "Invalid location", fix };
  const more = kind === "secret" && location.length > 30 ? ", location length exceeds limit" : "";
  return { problem: `Invalid location: ${shown}${more}`, fix };
}

function partProblem(name: string): { problem: string; fix: string } | undefined {
  const parts = name.split("/");
  if (!name.isWellFormed() || parts.includes(".") || parts.includes("..")) {
    return { problem: "a part of the name cannot be sent", fix: "write the name as Google's console shows it" };
  }
  return undefined;
}
