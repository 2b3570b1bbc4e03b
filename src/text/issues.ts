import { MountError } from "../model/error.ts";
import type { Issue, IssueSink } from "../model/issue.ts";

/** Collects every mistake of a manifest; gives them in the manifest's order, equal ones in the order they were found. */
export class Issues implements IssueSink {
  readonly #found: Issue[] = [];

  add(issue: Issue): void {
    this.#found.push(issue);
  }

  get size(): number {
    return this.#found.length;
  }

  /** By parameter in the order they were first met, then position in its list, then line. */
  get sorted(): readonly Issue[] {
    const parameters = [...new Set(this.#found.map((issue) => issue.place.parameter))];
    const keyOf = ({ place }: Issue): readonly number[] => [
      parameters.indexOf(place.parameter),
      place.index ?? -1,
      place.line ?? 0,
      place.column ?? 0,
    ];
    return this.#found
      .map((issue) => ({ issue, key: keyOf(issue) }))
      .sort((a, b) => compare(a.key, b.key))
      .map(({ issue }) => issue);
  }

  /** All of them as one error; undefined when there is none. */
  toError(): MountError | undefined {
    const [first, ...rest] = this.sorted;
    return first === undefined ? undefined : MountError.fromIssues([first, ...rest]);
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const difference = a.map((value, index) => value - (b[index] ?? 0)).find((value) => value !== 0);
  return difference ?? 0;
}
