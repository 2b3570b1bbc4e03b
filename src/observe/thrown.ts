import { isNativeError } from "node:util/types";

/** What a log may say of something thrown. */
export interface Described {
  /** Names with codes, outermost first: `MountError < Error ECONNREFUSED`. */
  readonly error: string;
  /** Frames of the innermost error that has any, first one first; empty when there are none. */
  readonly stack: string;
}

/** Causes that are followed, and frames that are shown. */
const most = { causes: 5, frames: 12 };

/**
 * Names, codes and stack frames of what was thrown and of its causes. Their messages are left out: foreign errors quote
 * what they were given, which may be a secret.
 */
export function describeThrown(thrown: unknown): Described {
  const names: string[] = [];
  let stack = "";
  let current = thrown;
  for (let depth = 0; depth < most.causes && current !== undefined; depth++) {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- Error.isError is not in Node.js 22
    if (!isNativeError(current)) {
      names.push(typeof current);
      break;
    }
    names.push(nameOf(current));
    stack = framesOf(current) || stack;
    current = current.cause;
  }
  return { error: names.join(" < "), stack };
}

function nameOf(error: Error): string {
  const name = /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : "Error";
  const code: unknown = "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? `${name} ${code}` : name;
}

/** A frame names a function and a place in code, nothing else; a line of a message does not look like this. */
const frame = /^ {4}at (?:(?:async |new )*[\w$.<>[\] #]{1,100} \()?((?:file:\/\/\/|node:|\/)[\w$./@%+-]+:\d+:\d+)\)?$/;

function framesOf(error: Error): string {
  const stack: unknown = error.stack;
  if (typeof stack !== "string") return "";
  // The message stands before the frames and may hold lines that look like some.
  const start = stack.startsWith(error.name) ? stack.indexOf(error.message) + error.message.length : 0;
  const lines = stack.slice(start).split("\n");
  return lines
    .filter((line) => frame.test(line))
    .slice(0, most.frames)
    .map((line) => line.trim())
    .join("; ");
}
