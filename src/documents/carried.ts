import { MountError } from "../model/error.ts";
import type { Fields } from "../model/fields.ts";
import type { ObjectContext } from "../model/store.ts";

/** Largest document in bytes. */
const mostBytes = 1024 * 1024;

/**
 * The document that the parameter named by `objectName` carries, as `parse` reads it. Undefined when there is none or
 * `parse` throws a MountError, which is then an issue; `fix` says what to do about it.
 */
export function readCarried<T>(
  fields: Fields,
  object: ObjectContext,
  parse: (text: string) => T,
  fix: string,
): T | undefined {
  const text = object.carried(object.objectName);
  if (text === undefined) {
    const parameter = JSON.stringify(object.objectName);
    const problem = `no parameter ${parameter} carries the document`;
    fields.refuse("objectName", problem, `add the parameter ${parameter} with it`);
    return undefined;
  }
  try {
    if (Buffer.byteLength(text) > mostBytes) {
      throw new MountError("document_invalid", `it is larger than ${mostBytes} bytes`);
    }
    return parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch (thrown) {
    if (!(thrown instanceof MountError)) throw thrown;
    fields.refuse("objectName", `the document is refused: ${thrown.message}`, fix);
    return undefined;
  }
}
