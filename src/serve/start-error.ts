/** The daemon cannot start. Its message is for the operator: lower case, names the path or address and what to change. */
export class StartError extends Error {
  override readonly name: string = "StartError";
}

/** Another process serves the socket: nothing is wrong with it, and it may be free a moment later. */
export class SocketTaken extends StartError {
  override readonly name = "SocketTaken";
}
