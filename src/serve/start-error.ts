/** The daemon cannot start. Its message is for the operator: lower case, names the path or address and what to change. */
export class StartError extends Error {
  override readonly name = "StartError";
}
