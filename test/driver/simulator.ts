import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { acceptAnswer, callProvider, kubeletDeadline, type CallSettings } from "../../src/driver/client.ts";
import { DriverFailure } from "../../src/driver/failure.ts";
import { answerProblems } from "../../src/driver/judge.ts";
import { buildMountRequest, type Caller, type PodVolume } from "../../src/driver/request.ts";
import { writeVolume } from "../../src/driver/write.ts";
import { findPathConflicts } from "../../src/model/path-conflicts.ts";
import { MountRequest, MountResponse } from "../../src/wire/provider.ts";

export interface SimulatorSettings extends Pick<CallSettings, "limit" | "retryPause" | "signal"> {
  readonly socket: string;
  readonly driver: Caller;
  /** An existing directory that stands for `/var/lib/kubelet`: volumes are written under it. */
  readonly kubeletRoot: string;
  /** Milliseconds that each call may last; default kubelet's two minutes. Rotations before 1.6 have no limit. */
  readonly patience?: number;
  /** The poll interval of rotation by 1.6, in milliseconds; undefined where it is off. */
  readonly pollInterval?: number;
}

/** How a mount ended, as kubelet sees it. */
export type Mounted =
  | {
      readonly kind: "mounted";
      /** Whether files in the volume changed; the sync controller writes none. */
      readonly changed: boolean;
      /** The whole answer, read by an independent decoder. */
      readonly answer: MountResponse;
      /** Where the volume is. */
      readonly target: string;
      /** What the driver accepts although it does harm. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: "failed";
      readonly code: number;
      readonly message: string;
      readonly errorType: string;
      /** Whether the code would make a pod start with an empty volume. */
      readonly leavesEmptyVolume: boolean;
      /** Whether the driver keeps it to itself: kubelet hears of a success, and nobody of the failure. */
      readonly masked: boolean;
    }
  | {
      /** The driver saw a folder that had changed lately, and answered without a call. */
      readonly kind: "skipped";
      /** Whether there is a volume; else the pod starts with an empty folder. */
      readonly isMounted: boolean;
    };

/** A driver on a node, with the volumes that it has mounted. */
export interface SimulatedDriver {
  firstMount(volume: PodVolume): Promise<Mounted>;
  /** The volume again, as the driver does it at rotation. A failure leaves the files as they are, unless it is harmful. */
  rotate(volume: PodVolume): Promise<Mounted>;
}

const proto = join(dirname(fileURLToPath(import.meta.url)), "../../proto/provider.proto");

/**
 * Plays the driver, and kubelet as far as folders go, against the provider on a socket; refuses what the real one refuses,
 * and does the same harm. test/cluster/simulator.test.ts compares the two.
 */
export function simulateDriver(settings: SimulatorSettings): SimulatedDriver {
  const versions = new Map<string, MountResponse["objectVersion"]>();
  const attempt = async (volume: PodVolume, again: boolean): Promise<Mounted> => {
    const placed = { ...volume, kubeletRoot: settings.kubeletRoot };
    const key = `${volume.pod.uid}/${volume.volumeName ?? ""}`;
    const request = buildMountRequest(placed, settings.driver, again ? (versions.get(key) ?? []) : undefined);
    if (isTooSoon(request.targetPath, settings)) return { kind: "skipped", isMounted: versions.has(key) };
    try {
      const mounted = await callAndWrite(request, settings, again);
      versions.set(key, mounted.answer.objectVersion);
      return mounted;
    } catch (error) {
      if (!(error instanceof DriverFailure)) throw error;
      const { code, message, errorType, leavesEmptyVolume } = error;
      if (!again && settings.driver !== "sync-controller") clearFolder(request.targetPath, leavesEmptyVolume);
      return {
        kind: "failed",
        code,
        message,
        errorType,
        leavesEmptyVolume,
        masked: again && settings.driver === "1.6",
      };
    }
  };
  return {
    firstMount: (volume) => attempt(volume, false),
    rotate: (volume) => attempt(volume, true),
  };
}

/** 1.6 with rotation looks at the folder's time alone, be it a volume or not (nodeserver.go, getLastUpdateTime). */
function isTooSoon(target: string, { driver, pollInterval }: SimulatorSettings): boolean {
  if (driver !== "1.6" || pollInterval === undefined || !existsSync(target)) return false;
  return Date.now() < statSync(target).mtimeMs + pollInterval;
}

/** The file system is unmounted; kubelet then removes the folder, unless by the code the call may still be running. */
function clearFolder(target: string, isKept: boolean): void {
  rmSync(target, { recursive: true, force: true });
  if (isKept) mkdirSync(target, { recursive: true });
}

async function callAndWrite(
  request: MountRequest,
  settings: SimulatorSettings,
  again: boolean,
): Promise<Extract<Mounted, { kind: "mounted" }>> {
  const { socket, driver, kubeletRoot, patience = kubeletDeadline, limit, retryPause, signal } = settings;
  const old = driver === "1.3" || driver === "1.5";
  const writes = driver !== "sync-controller";
  if (writes) mkdirSync(request.targetPath, { recursive: true });
  const octets = await callProvider(socket, encodeRequest(request), {
    ...(limit === undefined ? {} : { limit }),
    ...(retryPause === undefined ? {} : { retryPause }),
    ...(signal === undefined ? {} : { signal }),
    authority: old ? socket : "localhost",
    ...(old && again ? {} : { deadline: Date.now() + patience }),
  });
  const answer = decodeResponse(octets);
  const files = acceptAnswer(answer);
  if (writes && again) doHarm(request.targetPath, files);
  const problems = answerProblems(answer, settings.limit);
  return {
    kind: "mounted",
    changed: writes && (await writeVolume(request.targetPath, files, Date.now())),
    answer,
    target: writes ? request.targetPath : kubeletRoot,
    warnings: problems.filter(({ kind }) => kind === "harmful").map(({ problem }) => problem),
  };
}

/** What the driver's writer does to a live volume before it fails (pkg/util/fileutil). */
function doHarm(target: string, files: MountResponse["files"]): void {
  const paths = files.map(({ path }) => path);
  // It first deletes what stands where files will be: for the volume's own path, everything.
  if (paths.includes(".")) {
    for (const name of readdirSync(target)) rmSync(join(target, name), { recursive: true });
  }
  if (!findPathConflicts(paths).some(({ kind }) => kind === "prefix")) return;
  const left = mkdtempSync(join(target, "..left."));
  const [first] = files;
  if (first !== undefined) writeFileSync(join(left, first.path.split("/", 1)[0] ?? ""), first.contents);
}

const definitions = loadSync(proto, { defaults: true, keepCase: false });

function codec(name: "MountRequest" | "MountResponse"): MessageTypeDefinition<object, object> {
  const definition = definitions[`v1alpha1.${name}`];
  if (definition === undefined || !("serialize" in definition)) throw new Error(`${proto} has no ${name}`);
  return definition as MessageTypeDefinition<object, object>;
}

function encodeRequest(request: MountRequest): Buffer {
  const octets = codec("MountRequest").serialize(request);
  if (!isDeepStrictEqual(MountRequest.decode(octets), request)) throw new Error("two encoders of a request disagree");
  return octets;
}

/** By the proto file itself, and compared with the generated decoder. */
function decodeResponse(octets: Buffer): MountResponse {
  const { error, ...rest } = codec("MountResponse").deserialize(octets) as MountResponse & { error: unknown };
  const answer = { ...rest, error: (error as MountResponse["error"] | null) ?? undefined };
  const generated = MountResponse.decode(octets);
  if (!isDeepStrictEqual(plain(generated), plain(answer))) throw new Error("two decoders of an answer disagree");
  return generated;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
