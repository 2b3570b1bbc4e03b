import type { AwsAnswer, AwsFixture } from "./aws-fixture.ts";
import { bodyText, createAwsWorld, type AwsWorld } from "./aws-world.ts";
import { startServer, type SmallServer } from "./small-server.ts";

/** AWS and the Pod Identity agent as one server on loopback. */
export interface FakeAws extends SmallServer {
  readonly world: AwsWorld;
  /** Settings of a daemon that calls it, by flag. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What the fake holds where a test says nothing else: a text, bytes, JSON, a refusal, and parameters. */
export const plainFixture: AwsFixture = {
  secrets: {
    "*": {
      "shop/db": {
        "11111111-aaaa-4bbb-8ccc-000000000001": { stages: ["AWSPREVIOUS"], string: "old-canary" },
        "11111111-aaaa-4bbb-8ccc-000000000002": {
          stages: ["AWSCURRENT"],
          string: '{"username":"u","password":"pw-canary","port":5432,"api-key":"k-canary"}',
        },
      },
      "shop/bin": { "11111111-aaaa-4bbb-8ccc-000000000003": { stages: ["AWSCURRENT"], binary: "AP/+" } },
      "shop/key": { "11111111-aaaa-4bbb-8ccc-000000000004": { stages: ["AWSCURRENT"], string: "key-canary" } },
    },
  },
  parameters: {
    "*": {
      "/shop/db/user": [{ version: 1, value: "user-canary" }],
      "/shop/db/password": [
        { version: 1, value: "old-canary", labels: ["old"] },
        { version: 2, value: "param-canary" },
      ],
    },
  },
};

/** Starts the fake; `now` is the clock that credentials end by. */
export async function startAws(fixture: AwsFixture = plainFixture, now: () => number = Date.now): Promise<FakeAws> {
  const world = createAwsWorld(fixture, now);
  const server = await startServer(async ({ url, headers, body }) => {
    const names = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
    );
    const answer: AwsAnswer = world.answer({ host: headers.host ?? "", path: url, headers: names, body });
    // A server cannot close its connection here; half an answer is what a client sees of it.
    if (answer === null || answer === "reset") return { status: 500, body: "" };
    if (answer === "hang") return new Promise(() => undefined);
    return { status: answer.status, headers: { ...answer.headers }, body: bodyText(answer.body) };
  });
  return Object.assign(server, {
    world,
    settings: {
      "aws-secrets-manager-endpoint": `${server.url}/region/{region}`,
      "aws-ssm-endpoint": `${server.url}/region/{region}`,
      "aws-sts-endpoint": `${server.url}/region/{region}`,
      "aws-pod-identity-endpoint": server.url,
    },
  });
}
