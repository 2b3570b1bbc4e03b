/** Why the driver fails a mount, with the gRPC code that kubelet gets. Holds paths and the provider's own words only. */
export class DriverFailure extends Error {
  override readonly name = "DriverFailure";
  /** gRPC status code, 1 to 16. */
  readonly code: number;
  /** The driver's metric label `error_type`. */
  readonly errorType: string;

  constructor(code: number, message: string, errorType: string) {
    super(message);
    this.code = code;
    this.errorType = errorType;
  }

  /**
   * Whether kubelet takes the code for "maybe still running": it then keeps the directory, and with rotation the pod
   * starts with an empty volume. A provider must never let this happen.
   */
  get leavesEmptyVolume(): boolean {
    return [1, 4, 8, 10, 14].includes(this.code);
  }
}

/** gRPC code of a failure that has none of its own. */
export const unknownCode = 2;
