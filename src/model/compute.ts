/**
 * A kind of heavy work, by what goes in and comes out: data that structured cloning copies, so no functions and no
 * classes of ours. Only its name is needed to ask for it; what does the work is loaded where it is done.
 */
export interface Job<Input, Output> {
  readonly name: string;
  /** What it does, for messages: `reading the PFX`. */
  readonly label: string;
  /** Time of the processor after which it is ended, in ms; the lane's own limit if undefined. Loading its code counts apart. */
  readonly cpu: number | undefined;
  /** Never there: it ties the types to the name. */
  readonly types?: (input: Input) => Output;
}

/** Names a kind of work. */
export function job<Input, Output>(
  name: string,
  label: string,
  { cpu }: { readonly cpu?: number } = {},
): Job<Input, Output> {
  return { name, label, cpu };
}

/** For whom work is done. */
export interface Turn {
  /** Tenants take turns, those who took least first: a namespace, or the empty text for the daemon's own work. */
  readonly tenant: string;
  /** Aborting ends the work, also in the middle. */
  readonly signal: AbortSignal;
}

/** `Compute.run` for one turn. */
export type RunJob = <Input, Output>(job: Job<Input, Output>, input: Input) => Promise<Output>;

/**
 * Where work is done that untrusted text steers and that nobody can count: it may take its time and memory, and is ended
 * beyond them.
 */
export interface Compute {
  /**
   * Rejects with the MountError that the work threw; with MountError `budget_exceeded` when it took more time or memory
   * than it may; with the signal's reason.
   */
  run<Input, Output>(job: Job<Input, Output>, input: Input, turn: Turn): Promise<Output>;
}
