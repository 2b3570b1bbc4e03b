/** A JSON number by its digits as they were written. */
export class GoNumber {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** JSON as Go's `encoding/json` sees it: numbers keep their digits, objects have no prototype. */
export type GoJson = null | boolean | string | GoNumber | readonly GoJson[] | ReadonlyMap<string, GoJson>;
