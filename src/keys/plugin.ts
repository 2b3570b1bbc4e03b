import type { Worker } from "../compute/worker.ts";
import type { Audience } from "../model/audience.ts";
import type { KeyKind, KeySource } from "../model/key.ts";
import type { KeyNetwork } from "./network.ts";
import type { KeyService } from "./key-service.ts";
import type { Turns } from "./turns.ts";

/** What sources of one kind are opened with. */
export interface KeyDeps {
  readonly network: KeyNetwork;
  /** Bounds the slow work of all kinds together. */
  readonly turns: Turns;
  /** Told of key material that is passed over; the text names the file and nothing of its content. */
  skipped(source: KeySource, problem: string): void;
}

/** What the sources of one kind, opened, give. */
export interface OpenedKeys<Given> {
  /** Opens keys wrapped as `opens` says; undefined for a kind that opens none. */
  readonly service: KeyService | undefined;
  /** What stores ask for by the kind's name. */
  readonly given: Given;
}

/** All that the rest of the program knows of one kind of key. */
export interface KeyPlugin<Source extends KeySource = KeySource, Given = unknown> extends KeyKind<Source> {
  /** What SOPS documents call keys wrapped for it: `age`, `kms`, …; undefined for a kind that opens values itself. */
  readonly opens: string | undefined;
  /** Heavy work that it has done elsewhere. */
  readonly work: readonly Worker[];
  /** Does no I/O: files are read, and services asked, when a key is asked for. */
  open(sources: readonly Source[], deps: KeyDeps): OpenedKeys<Given>;
}

/** A token of the pod's for an audience, without which nothing opens; the operator names the audience in the driver's settings. */
export function neededAudience(name: string | undefined): Audience | undefined {
  return name === undefined ? undefined : { name, required: true, byApi: "no" };
}

/** What is the same for every kind whose keys, or whose credentials, are in files. */
export const inFiles = {
  audience: () => undefined,
  rights: () => [],
  endpoints: () => [],
  secretPaths: ({ file }: KeySource) => (file === "" ? [] : [file]),
  work: [],
} as const;
