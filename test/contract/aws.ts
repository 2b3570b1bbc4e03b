import { Secret } from "../../src/model/secret.ts";
import { startAws } from "../fakes/aws.ts";
import { connectedStores } from "../fakes/connected.ts";
import { VirtualClock } from "../fakes/virtual-clock.ts";
import type { Faults, Subject } from "./store.ts";

/** The aws store on a fake of AWS; the agent that gives credentials is a server of its own, and has no faults. */
export async function startAwsSubject(): Promise<Subject & { readonly faults: Faults }> {
  const clock = new VirtualClock();
  const now = () => clock.now();
  const [aws, agent] = await Promise.all([startAws(undefined, now), startAws(undefined, now)]);
  aws.world.script = [
    {
      service: "secretsmanager",
      action: "GetSecretValue",
      body: { SecretId: "shop/denied" },
      answers: [
        {
          status: 400,
          body: {
            __type: "AccessDeniedException",
            Message:
              "User: arn:aws:sts::123456789012:assumed-role/shop-web/s is not authorized to perform: secretsmanager:GetSecretValue",
          },
        },
      ],
    },
  ];
  const settings = { ...aws.settings, "aws-pod-identity-endpoint": agent.url };
  const params = "region: eu-west-1, auth: podIdentity";
  const role = "roleArn: arn:aws:iam::123456789012:role/other";
  return {
    ...connectedStores(settings, { deps: { clock } }).connectedOf("aws"),
    params,
    otherParams: [
      { field: "region", params: "region: eu-west-2, auth: podIdentity" },
      { field: "failoverRegion", params: `${params}, failoverRegion: eu-west-2` },
      { field: "auth", params: "region: eu-west-1, auth: node" },
      { field: "sessionPer", params: `${params}, sessionPer: pod` },
      { field: "roleArn", params: `${params}, ${role}` },
      { field: "externalId", params: `${params}, ${role}, externalId: some-id` },
      { field: "sessionTags", params: `${params}, ${role}, sessionTags: true` },
    ],
    tokens: new Map([
      ["pods.eks.amazonaws.com", { token: Secret.fromText("pod-token-hunter5"), expiresAt: undefined }],
    ]),
    present: [
      { object: "objectName: shop/key", bytes: Buffer.from("key-canary") },
      { object: "objectName: shop/bin", bytes: Buffer.from([0x00, 0xff, 0xfe]) },
      { object: "objectName: shop/db, objectVersionLabel: AWSPREVIOUS", bytes: Buffer.from("old-canary") },
      { object: "objectName: /shop/db/user, objectType: ssmparameter", bytes: Buffer.from("user-canary") },
    ],
    absent: "objectName: shop/nothing",
    refused: { object: "objectName: shop/denied", reason: "access_denied" },
    secrets: ["key-canary", "old-canary", "user-canary", "pod-token-hunter5", "agent-secret", "agent-session"],
    faults: aws.faults,
    close: async () => {
      await Promise.all([aws.close(), agent.close()]);
    },
  };
}
