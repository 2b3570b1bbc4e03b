import { acceptAnswer } from "../../driver/client.ts";
import { DriverFailure } from "../../driver/failure.ts";
import { answerProblems } from "../../driver/judge.ts";
import { buildMountRequest, volumeProblem } from "../../driver/request.ts";
import { writeVolume } from "../../driver/write.ts";
import { MountError } from "../../model/error.ts";
import type { MountCall } from "../../model/request.ts";
import type { File, MountResponse, ObjectVersion } from "../../wire/provider.ts";
import { UsageError, type ExitCode } from "../command.ts";
import { readMountInput, type MountInput, type ReadInput } from "./input.ts";
import { askHere, askSocket } from "./provider.ts";
import { formatTable, type TableSettings } from "../table.ts";

/** What `keyferry mount` is asked to do. */
export interface MountOnceOptions extends MountInput {
  /** Directory to write the volume to; made if it is not there. */
  readonly target: string;
  /** Socket of a running provider; without it the provider is one of this process. */
  readonly socket?: string | undefined;
}

/** What `mountOnce` may touch of its process besides files and the socket. */
export interface MountOnceOutside extends TableSettings {
  out(text: string): void;
  err(text: string): void;
  /** The provider of this process that `spec.provider` names; undefined if there is none. */
  provider(name: string): MountCall | undefined;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Plays driver 1.6 for one volume of one pod: asks the provider, judges the answer, writes the files, and prints a
 * table without any value. 0 done; 1 failed, with nothing written; 2 a file or word of the input is not usable.
 */
export async function mountOnce(options: MountOnceOptions, io: MountOnceOutside): Promise<ExitCode> {
  try {
    const input = await readMountInput(options, io.now());
    const answer = await ask(input, options.socket, io);
    const files = judged(answer);
    await writeVolume(options.target, files, io.now());
    io.out(formatTable(["PATH", "MODE", "BYTES", "OBJECT", "VERSION"], rowsOf(files, answer.objectVersion), io));
    return 0;
  } catch (error) {
    const { code, text } = explain(error);
    io.err(`keyferry mount: ${text}\n`);
    return code;
  }
}

function ask(
  { provider, volume }: ReadInput,
  socket: string | undefined,
  io: MountOnceOutside,
): Promise<MountResponse> {
  const problem = volumeProblem(provider, volume);
  if (problem !== undefined) throw new DriverFailure(2, `the driver would refuse the manifest: ${problem}`, "");
  const request = buildMountRequest(volume, "1.6");
  if (socket !== undefined) return askSocket(socket, request, io.now());
  const call = io.provider(provider);
  if (call === undefined) {
    const name = JSON.stringify(provider);
    throw new DriverFailure(
      2,
      `keyferry has no provider ${name}; correct spec.provider, or name one with --socket`,
      "",
    );
  }
  return askHere(call, request, io.now());
}

/** The files, unless the driver would refuse the answer or do harm with it. */
function judged(answer: MountResponse): readonly File[] {
  const problems = answerProblems(answer);
  if (problems.length === 0) return acceptAnswer(answer);
  const lines = problems.map(({ kind, problem }) => `\n${kind}: ${problem}`).join("");
  throw new DriverFailure(2, `the provider's answer is not fit for the driver; nothing was written${lines}`, "");
}

/** A row for each file with the object of the same id, then objects whose id is no path. */
function rowsOf(files: readonly File[], versions: readonly ObjectVersion[]): readonly (readonly string[])[] {
  const paths = new Set(files.map(({ path }) => path));
  const named = new Map(versions.map((one) => [one.id, one]));
  const others = versions.filter(({ id }) => !paths.has(id));
  const inOrder = files.length === versions.length && others.length === versions.length;
  const rows = files.map(({ path, mode, contents }, index) => {
    const object = inOrder ? versions[index] : named.get(path);
    const octal = `0${mode.toString(8).padStart(3, "0")}`;
    return [path, octal, String(contents.length), object?.id ?? "-", object?.version ?? "-"];
  });
  return inOrder ? rows : [...rows, ...others.map(({ id, version }) => ["-", "-", "-", id, version])];
}

function explain(error: unknown): { readonly code: 1 | 2; readonly text: string } {
  if (error instanceof UsageError) return { code: 2, text: error.message };
  if (error instanceof DriverFailure) return { code: 1, text: error.message };
  return { code: 1, text: MountError.from(error).text };
}
