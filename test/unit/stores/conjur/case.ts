import { MountError } from "../../../../src/model/error.ts";
import type { MountResponse } from "../../../../src/model/request.ts";
import type { Send } from "../../../../src/http/send.ts";
import { startConjur, type FakeConjur } from "../../../fakes/conjur.ts";
import { startKube, type FakeKube } from "../../../fakes/kube.ts";
import { createMounting, targetPathOf, type Mounting } from "../../../fakes/mounting.ts";
import { podToken } from "../../../fakes/pod-token.ts";

/** A daemon beside a fake Conjur server and a fake Kubernetes API. */
export interface StartedCase {
  readonly conjur: FakeConjur;
  readonly kube: FakeKube;
  readonly mounting: Mounting;
  /** Mounts a manifest of `provider: conjur`, or of `dialect`, for a pod of service account `web`. */
  mount(parameters: Readonly<Record<string, string>>, more?: CaseMore): Promise<MountResponse>;
  /** The error of a Mount. */
  failure(parameters: Readonly<Record<string, string>>, more?: CaseMore): Promise<MountError>;
  close(): Promise<void>;
}

export interface CaseMore {
  readonly dialect?: string;
  readonly pod?: string;
  readonly serviceAccount?: string;
  readonly tokens?: string;
}

/** Starts everything; stores send by `send` where that is given. */
export async function startCase(send?: Send): Promise<StartedCase> {
  const [conjur, kube] = await Promise.all([startConjur(), startKube()]);
  const mounting = createMounting(kube, {}, undefined, send);
  conjur.now = () => mounting.clock.now();
  const mount: StartedCase["mount"] = async (parameters, more = {}) => {
    const { dialect = "conjur", pod = "web-0", serviceAccount = "web" } = more;
    const tokens = more.tokens ?? JSON.stringify({ conjur: { token: podToken(pod, "shop", serviceAccount) } });
    const attributes = {
      "csi.storage.k8s.io/pod.name": pod,
      "csi.storage.k8s.io/pod.namespace": "shop",
      "csi.storage.k8s.io/pod.uid": `uid-${pod}`,
      "csi.storage.k8s.io/serviceAccount.name": serviceAccount,
      "csi.storage.k8s.io/serviceAccount.tokens": tokens,
      ...parameters,
    };
    const state = { over: false };
    const mounted = mounting
      .mount(attributes, { dialect, targetPath: targetPathOf(`uid-${pod}`) })
      .finally(() => (state.over = true));
    mounted.catch(() => undefined);
    while (!state.over) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      await mounting.clock.advance(100);
    }
    return mounted;
  };
  return {
    conjur,
    kube,
    mounting,
    mount,
    failure: async (parameters, more) => {
      const thrown: unknown = await mount(parameters, more).catch((error: unknown) => error);
      if (thrown instanceof MountError) return thrown;
      throw new Error("the Mount did not fail");
    },
    close: async () => {
      await Promise.all([conjur.close(), kube.close()]);
    },
  };
}

/** Parameters of a manifest in configuration version 0.1.0 with this list. */
export function listed({ url }: FakeConjur, secrets: string): Record<string, string> {
  return {
    "conjur.org/configurationVersion": "0.1.0",
    account: "myacct",
    applianceUrl: url,
    authnId: "authn-jwt/kube",
    secrets,
  };
}
