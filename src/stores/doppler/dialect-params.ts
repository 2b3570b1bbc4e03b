import type { IssueSink } from "../../model/issue.ts";
import type { Parameters } from "../../model/pod.ts";
import { parseGoBoolean } from "../../text/go/boolean.ts";
import { nearest } from "../../text/nearest.ts";
import { hostFix, parseHost } from "./host.ts";
import { fixes } from "./language.ts";
import {
  formats,
  isIdentity,
  isSlug,
  transformers,
  ttl,
  type DopplerFormat,
  type DopplerParams,
  type NameTransformer,
} from "./params.ts";
import type { DopplerSettings } from "./settings.ts";

/** Every parameter of a manifest. */
export const parameterNames = [
  ...["project", "config", "secrets", "format", "fileName", "nameTransformer", "identity", "audience", "host"],
  ...["includeDopplerVariables", "includeDynamicSecrets", "dynamicSecretsTTLSeconds", "verifyTLS", "sessionPer"],
] as const;

/** What the parameters say besides the list of secrets. */
export interface DialectParams {
  readonly store: DopplerParams;
  /** Undefined where each secret is a file of its own. */
  readonly format: Exclude<DopplerFormat, "map"> | undefined;
  readonly transformer: NameTransformer | undefined;
  /** Whether the three names that every config has are files, too, where nothing is listed. */
  readonly ownVariables: boolean;
}

/** Reads every parameter but `secrets` and `fileName`. Every mistake is an issue. */
export function parseDialectParams(
  parameters: Parameters,
  settings: DopplerSettings,
  issues: IssueSink,
): DialectParams {
  const read = new ParameterReader(parameters, issues);
  read.refuseUnknown();
  const identity = read.text("identity");
  if (identity !== "" && !isIdentity(identity)) read.refuse("identity", "it is no UUID", fixes.identity);
  const host = parseHost(read.text("host"), settings);
  if (host.kind === "refused") read.refuse("host", host.problem, hostFix);
  const name = host.kind === "host" ? host.host : "";
  const dynamicTtl = readDynamic(read);
  return {
    store: {
      host: name,
      project: read.slug("project", identity !== ""),
      config: read.slug("config", identity !== ""),
      auth: identity === "" ? "secret" : "pod",
      identity,
      audience: read.text("audience") || name,
      verifyTls: read.boolean("verifyTLS", true),
      dynamicTtl,
      perPod: read.oneOf("sessionPer", ["pod", "service-account"]) === "pod" || dynamicTtl !== undefined,
    },
    format: read.oneOf("format", formats),
    transformer: read.oneOf("nameTransformer", transformers),
    ownVariables: read.boolean("includeDopplerVariables", true),
  };
}

function readDynamic(read: ParameterReader): number | undefined {
  const wanted = read.boolean("includeDynamicSecrets", false);
  const text = read.text("dynamicSecretsTTLSeconds");
  const seconds = /^\d{1,7}$/u.test(text) ? Number(text) : Number.NaN;
  const fits = seconds >= ttl.min && seconds <= ttl.max;
  if (text !== "" && !fits) {
    const fix = `write a whole number from ${ttl.min} to ${ttl.max}`;
    read.refuse("dynamicSecretsTTLSeconds", "it is not a number in range", fix);
  }
  if (text !== "" && !wanted) {
    read.refuse("dynamicSecretsTTLSeconds", "no dynamic secrets are asked for", "set includeDynamicSecrets to true");
  }
  if (!wanted) return undefined;
  return text !== "" && fits ? seconds : ttl.standard;
}

/** Reads parameters, each a text; empty is absent. */
class ParameterReader {
  readonly #parameters: Parameters;
  readonly #issues: IssueSink;

  constructor(parameters: Parameters, issues: IssueSink) {
    this.#parameters = parameters;
    this.#issues = issues;
  }

  text(name: string): string {
    return this.#parameters.get(name)?.trim() ?? "";
  }

  boolean(name: string, fallback: boolean): boolean {
    const text = this.text(name);
    if (text === "") return fallback;
    const value = parseGoBoolean(text);
    if (value === undefined) this.refuse(name, "it is neither true nor false", 'write "true" or "false"');
    return value ?? fallback;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.text(name);
    const found = allowed.find((one) => one === text);
    if (text !== "" && found === undefined) {
      const meant = nearest(text, allowed);
      const fix = meant === undefined ? `write one of: ${allowed.join(", ")}` : `did you mean ${meant}?`;
      this.refuse(name, "it is not a known value", fix);
    }
    return found;
  }

  slug(name: "project" | "config", required: boolean): string {
    const text = this.text(name);
    if (text === "" && required) {
      const problem = "it is missing: only a service token knows its config by itself";
      this.#issues.add({ reason: "parameter_missing", place: { parameter: name }, problem, fix: fixes[name] });
    }
    if (text !== "" && !isSlug(text)) this.refuse(name, `it is no ${name}`, fixes[name]);
    return text;
  }

  refuse(parameter: string, problem: string, fix: string): void {
    this.#issues.add({ reason: "parameter_invalid", place: { parameter }, problem, fix });
  }

  refuseUnknown(): void {
    for (const name of this.#parameters.keys()) {
      if (parameterNames.some((known) => known === name)) continue;
      const meant = nearest(name, parameterNames);
      const fix =
        meant === undefined ? `remove it; known parameters: ${parameterNames.join(", ")}` : `did you mean ${meant}?`;
      const place = { parameter: name };
      this.#issues.add({ reason: "parameter_unknown", place, problem: "it is not a known parameter", fix });
    }
  }
}
