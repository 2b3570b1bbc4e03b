// Mounts of `provider: aws` against a scripted AWS with latency; the login is EKS Pod Identity's. The floor reads every
// secret by a call of its own, as a client without batches does.
import { startAws } from "../test/fakes/aws.ts";
import { benchStore } from "./store-mounts.ts";

const names = Array.from({ length: 30 }, (_, at) => `s${at}`);
const versions = { v: { stages: ["AWSCURRENT"], string: "v" } };
const fixture = { secrets: { "*": Object.fromEntries(names.map((name) => [name, versions])) }, parameters: {} };

for (const batches of [true, false]) {
  const aws = await startAws(fixture);
  aws.world.batches = batches;
  console.log(batches ? "the role may read in batches" : "the role may not read in batches");
  await benchStore({
    provider: "aws",
    flags: Object.entries(aws.settings).flatMap(([flag, value]) => [`--${flag}`, value]),
    parameters: (objects) => ({
      region: "eu-west-1",
      usePodIdentity: "true",
      objects: names
        .slice(0, objects)
        .map((name) => `- { objectName: ${name}, objectType: secretsmanager }`)
        .join("\n"),
    }),
    audiences: ["pods.eks.amazonaws.com"],
    counts: [1, 10, 30],
    login: () => fetch(`${aws.url}/v1/credentials`),
    read: async (object) => {
      const headers = {
        "x-amz-target": "secretsmanager.GetSecretValue",
        authorization: "AWS4-HMAC-SHA256 Credential=k/20260101/eu-west-1/secretsmanager/aws4_request",
      };
      const body = JSON.stringify({ SecretId: `s${object}` });
      return (await fetch(aws.url, { method: "POST", headers, body })).text();
    },
    latency: (milliseconds) => {
      aws.latency = milliseconds;
    },
    asked: () => aws.world.calls.length,
  });
  await aws.close();
}
