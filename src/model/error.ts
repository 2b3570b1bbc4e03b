import { isNativeError } from "node:util/types";
import { placeText, type Issue } from "./issue.ts";
import { codeOf, isTransient, type FinalCode, type Reason } from "./reasons.ts";

/** What a MountError is about, added by the layer that knows it. */
export interface ErrorContext {
  /** Zero-based position of the object in the manifest. */
  readonly index?: number;
  /** Name of the object: its path in the volume. */
  readonly object?: string;
  /** Name of the store. */
  readonly store?: string;
  /** For transient reasons: the store asked to be left alone for so many milliseconds. */
  readonly retryAfter?: number;
  /** For transient reasons: the store itself answered, so it is up, although this failed. */
  readonly answered?: boolean;
  /**
   * For outages: `unreached` where no request was judged (name, connection, TLS), `broken` where the store answered with
   * a 5xx. An outage without it is one read's own.
   */
  readonly outage?: "unreached" | "broken";
  /** For outages: the store refused the request before it did anything of it. */
  readonly untouched?: boolean;
  /** What was caught. For logs at debug level; never sent. */
  readonly cause?: unknown;
}

/** Most problems spelled out in one message; the rest is counted. */
const mostProblems = 20;

/** Most objects named before one message. */
const mostTogether = 5;

/** The only error that leaves a Mount. Its message is for the person who wrote the manifest and holds no secret. */
export class MountError extends Error {
  readonly reason: Reason;
  readonly context: ErrorContext;

  constructor(reason: Reason, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = "MountError";
    this.reason = reason;
    this.context = context;
  }

  get code(): FinalCode {
    return codeOf(this.reason);
  }

  /** Whether asking again a moment later may help. */
  get transient(): boolean {
    return isTransient(this.reason);
  }

  /** `object 2 "db/password" (store vault-prod): 403 permission denied …` */
  get text(): string {
    return grouped([this])[0] ?? this.message;
  }

  /** The same error with context that an outer layer knows; what is already set stays. */
  within(context: ErrorContext): MountError {
    return new MountError(this.reason, this.message, { ...context, ...this.context });
  }

  /** Anything caught, as a MountError. A foreign error's own text may hold a secret, so it is kept as the cause only. */
  static from(thrown: unknown): MountError {
    if (thrown instanceof MountError) return thrown;
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- Error.isError is not in Node.js 22
    const name = isNativeError(thrown) ? thrown.name : typeof thrown;
    return new MountError("internal", `unexpected ${name}; the daemon's log has the details`, { cause: thrown });
  }

  /** Several failures of one Mount as one: reason and code of the first, every text. */
  static all(errors: readonly [MountError, ...MountError[]]): MountError {
    const [first] = errors;
    if (errors.length === 1) return first;
    return new MountError(first.reason, listed(grouped(errors)), { cause: first });
  }

  /** Every mistake of a manifest as one error, in the order given. */
  static fromIssues(issues: readonly [Issue, ...Issue[]]): MountError {
    return new MountError(
      issues[0].reason,
      listed(issues.map((issue) => `${placeText(issue.place)}: ${issue.problem}; ${issue.fix}`)),
    );
  }
}

/** One text for each message; objects of one store that failed alike stand before it together. */
function grouped(errors: readonly MountError[]): readonly string[] {
  const groups = new Map<string, { first: MountError; objects: string[] }>();
  for (const error of errors) {
    const { index, object, store } = error.context;
    const name = `${store ?? ""}\0${error.message}`;
    const entry = groups.get(name) ?? { first: error, objects: [] };
    groups.set(name, entry);
    const number = index === undefined ? "" : ` ${index + 1}`;
    if (object !== undefined) entry.objects.push(`object${number} ${JSON.stringify(object)}`);
  }
  return [...groups.values()].map(({ first, objects }) => {
    const { store } = first.context;
    const more = objects.length > mostTogether ? ` and ${objects.length - mostTogether} more` : "";
    const subject = objects.slice(0, mostTogether).join(", ") + more;
    const where = store === undefined ? "" : subject === "" ? `store ${store}` : ` (store ${store})`;
    return subject === "" && where === "" ? first.message : `${subject}${where}: ${first.message}`;
  });
}

function listed(texts: readonly string[]): string {
  const rest = texts.length - mostProblems;
  const shown = texts.slice(0, mostProblems).join("\n");
  return rest > 0 ? `${shown}\nand ${rest} more` : shown;
}
