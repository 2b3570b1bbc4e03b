/** Wrong usage: shown with a pointer to the command's help, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
