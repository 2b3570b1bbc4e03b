import type { AwsLogin } from "../../identity/aws/login.ts";

/** Settings of an `aws` store. */
export interface AwsParams {
  /** Undefined where the node's region holds; `from` says what named it, for messages. */
  readonly region: { readonly name: string; readonly from: string } | undefined;
  readonly failoverRegion: string | undefined;
  readonly login: AwsLogin;
  /** Whether each pod logs in for itself: for policies that read the pod's name in its session tags. */
  readonly perPod: boolean;
}
