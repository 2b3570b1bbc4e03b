import { answerProblems } from "../driver/judge.ts";
import { buildMountRequest, type PodVolume } from "../driver/request.ts";
import { MountRequest, MountResponse, VersionRequest, VersionResponse } from "../wire/provider.ts";
import { ProviderClient, type CallOptions, type Ended } from "./client.ts";
import { Broken, must, type CaseName, type Control, type Target } from "./target.ts";

/** Time as the probe needs it. */
export interface ProbeClock {
  now(): number;
  monotonic(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A Mount that ended; `answer` for code 0. */
export interface MountEnd {
  readonly code: number;
  readonly message: string;
  readonly answer: MountResponse | undefined;
  /** Duration in ms. */
  readonly took: number;
  /** Whether the probe itself gave up. */
  readonly cancelled: boolean;
}

/** How a Mount is called. */
export interface MountOptions extends CallOptions {
  /** Instead of the target's own socket. */
  readonly socket?: string;
}

/** What kubelet gives one mount, in ms. */
const kubeletDeadline = 120_000;

/** Codes with which a Mount may fail: kubelet takes the others for "maybe still running". */
export const finalCodes: readonly number[] = [2, 3, 5, 7, 9, 13, 16];

/** Calls a provider for the rules, and remembers how every Mount ended. */
export class Probe {
  readonly target: Target;
  readonly clock: ProbeClock;
  /** Every Mount so far. */
  readonly ends: MountEnd[] = [];
  readonly #clients = new Map<string, ProviderClient>();

  constructor(target: Target, clock: ProbeClock) {
    this.target = target;
    this.clock = clock;
  }

  /** The manifest that must mount. Throws Broken where there is none. */
  get valid(): PodVolume {
    must(this.target.valid !== undefined, "there is no valid manifest");
    return this.target.valid;
  }

  get control(): Control {
    must(this.target.control !== undefined, "the provider's process cannot be controlled");
    return this.target.control;
  }

  /** The first manifest of a case. Throws Broken where there is none. */
  volume(name: CaseName): PodVolume {
    const [volume] = this.volumes(name);
    must(volume !== undefined, `there is no manifest for the case ${name}`);
    return volume;
  }

  volumes(name: CaseName): readonly PodVolume[] {
    return this.target.cases.get(name) ?? [];
  }

  /** The request that driver 1.6 sends for a volume, with some of its fields replaced. */
  request(volume: PodVolume, change: Partial<MountRequest> = {}): MountRequest {
    return { ...buildMountRequest(volume, "1.6"), ...change };
  }

  /** One Mount, within kubelet's deadline unless another is given. Throws Broken for an answer that is no message. */
  async mount(request: MountRequest, options: MountOptions = {}): Promise<MountEnd> {
    const { socket = this.target.socket, deadline = kubeletDeadline, signal } = options;
    const without = "deadline" in options && options.deadline === undefined;
    const ended = await this.#client(socket).call("Mount", MountRequest.encode(request), {
      ...options,
      deadline: without ? undefined : deadline,
    });
    const end = { ...ended, ...read(ended), cancelled: signal?.aborted === true };
    this.ends.push(end);
    return end;
  }

  /** A Mount that must succeed by all of the driver's rules; gives its answer. Throws Broken. */
  async mounted(request: MountRequest, options: MountOptions = {}): Promise<MountResponse> {
    const { code, message, answer } = await this.mount(request, options);
    must(code === 0 && answer !== undefined, `the mount failed with code ${code}: ${this.#shown(message)}`);
    const [problem] = answerProblems(answer);
    must(problem === undefined, `the driver would not take the answer: ${problem?.problem ?? ""}`);
    return answer;
  }

  /** A Mount that must fail with one of these codes; gives its message. Throws Broken. */
  async refused(request: MountRequest, codes: readonly number[], options: MountOptions = {}): Promise<string> {
    const { code, message } = await this.mount(request, options);
    must(code !== 0, "the mount succeeded");
    must(
      codes.includes(code),
      `the mount failed with code ${code}, not ${codes.join(" or ")}: ${this.#shown(message)}`,
    );
    return message;
  }

  /** What Version answers. Throws Broken. */
  async version(text: string): Promise<VersionResponse> {
    const { code, octets } = await this.#client(this.target.socket).call(
      "Version",
      VersionRequest.encode({ version: text }),
      {
        deadline: 5000,
      },
    );
    must(code === 0 && octets !== undefined, `Version failed with code ${code}`);
    return VersionResponse.decode(octets);
  }

  /** Any octets to any method. */
  send(method: string, octets: Buffer): Promise<Ended> {
    return this.#client(this.target.socket).call(method, octets, { deadline: 10_000 });
  }

  /** Every value that no message may hold: tokens, and values of nodePublishSecretRef. */
  secrets(): readonly string[] {
    const volumes = [this.target.valid, ...[...this.target.cases.values()].flat()];
    return volumes.flatMap((volume) => [
      ...[...(volume?.tokens?.values() ?? [])].map(({ token }) => token.revealText()),
      ...[...(volume?.secrets?.values() ?? [])].map((value) => value.revealText()),
    ]);
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  /** A message without what it must not hold, which another rule reports. */
  #shown(message: string): string {
    return this.secrets().reduce(
      (text, secret) => (secret === "" ? text : text.replaceAll(secret, "[secret]")),
      message,
    );
  }

  #client(socket: string): ProviderClient {
    const known = this.#clients.get(socket);
    if (known !== undefined) return known;
    const made = new ProviderClient(socket, this.clock);
    this.#clients.set(socket, made);
    return made;
  }
}

function read({ octets }: Ended): { readonly answer: MountResponse | undefined } {
  if (octets === undefined) return { answer: undefined };
  try {
    return { answer: MountResponse.decode(octets) };
  } catch {
    throw new Broken("the answer is not a MountResponse");
  }
}

/** Files as text to compare: path, mode and bytes. */
export function filesText({ files }: MountResponse): string {
  return JSON.stringify(files.map(({ path, mode, contents }) => [path, mode, contents.toString("base64")]).toSorted());
}

/** Versions as text to compare. */
export function versionsText({ objectVersion }: MountResponse): string {
  return JSON.stringify(objectVersion.map(({ id, version }) => [id, version]));
}
