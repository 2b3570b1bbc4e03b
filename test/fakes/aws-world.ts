import { isDeepStrictEqual } from "node:util";
import { connectionError } from "../../src/http/connection-error.ts";
import type { Send, SendAnswer, SendRequest } from "../../src/http/send.ts";
import { MountError } from "../../src/model/error.ts";
import { awsError, parametersAnswer, secretsAnswer, type FakeReply } from "./aws-answers.ts";
import type { AwsAnswer, AwsCall, AwsFixture, AwsRule } from "./aws-fixture.ts";

/** The services of AWS and the Pod Identity agent, as far as Keyferry asks them, without a network. */
export interface AwsWorld {
  fixture: AwsFixture;
  script: readonly AwsRule[];
  /** Connections to hosts whose name holds one of these are refused. */
  refuse: readonly string[];
  /** Whether roles may read secrets in batches; most may not. */
  batches: boolean;
  readonly calls: AwsCall[];
  /** Milliseconds since 1970. */
  now(): number;
  answer(request: WorldRequest): AwsAnswer;
}

/** A request as it is on the wire. */
export interface WorldRequest {
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Life of credentials, in milliseconds. */
const life = 3_600_000;

export function createAwsWorld(fixture: AwsFixture, now: () => number): AwsWorld {
  const turns = new Map<AwsRule, number>();
  const world: AwsWorld = {
    fixture,
    script: [],
    refuse: [],
    batches: false,
    calls: [],
    now,
    answer: (request) => {
      const call = callOf(request);
      world.calls.push(call);
      const rule = world.script.find((one) => fits(one, call, request));
      const turn = rule === undefined ? 0 : (turns.get(rule) ?? 0);
      if (rule !== undefined) turns.set(rule, turn + 1);
      const answer = rule?.answers[Math.min(turn, rule.answers.length - 1)];
      if (answer !== undefined && answer !== null) return answer;
      if (call.service === "sts") return stsAnswer(call, world.now());
      if (call.service === "pod-identity") return agentAnswer(world.now());
      if (call.key === "") return awsError("MissingAuthenticationTokenException");
      return defaultAnswer(world, call);
    },
  };
  return world;
}

function defaultAnswer(world: AwsWorld, call: AwsCall): FakeReply {
  if (call.action === "BatchGetSecretValue" && !world.batches) {
    return awsError(
      "AccessDeniedException",
      "User: arn:aws:sts::123456789012:assumed-role/r1/x is not authorized to perform: secretsmanager:BatchGetSecretValue because no identity-based policy allows the secretsmanager:BatchGetSecretValue action",
    );
  }
  return call.service === "ssm" ? parametersAnswer(world.fixture, call) : secretsAnswer(world.fixture, call);
}

/** Told apart as the recorded cases say. A region in the path goes before that of the host. */
function callOf({ host, path, headers, body }: WorldRequest): AwsCall {
  const target = headers["x-amz-target"] ?? "";
  const [key = "", , region = ""] = (/Credential=([^,\s]+)/u.exec(headers["authorization"] ?? "")?.[1] ?? "").split(
    "/",
  );
  if (target !== "") {
    const service = target.startsWith("secretsmanager.") ? "secretsmanager" : "ssm";
    const parsed = JSON.parse(body) as Readonly<Record<string, unknown>>;
    return { service, action: target.split(".")[1] ?? "", region, body: parsed, host, key };
  }
  if (path === "/v1/credentials") {
    const authorization = headers["authorization"] ?? "";
    return { service: "pod-identity", action: "GET", region: "", body: { authorization }, host, key: "" };
  }
  const form = new URLSearchParams(body);
  const action = form.get("Action") ?? "";
  const rest = Object.fromEntries([...form].filter(([name]) => name !== "Action" && name !== "Version"));
  const inPath = /^\/region\/([a-z0-9-]+)/u.exec(path)?.[1];
  return { service: "sts", action, region: inPath ?? host.split(".")[1] ?? "", body: rest, host, key };
}

function fits(rule: AwsRule, call: AwsCall, { path }: WorldRequest): boolean {
  const { service, region, action } = rule;
  if (service !== undefined && service !== call.service) return false;
  if (region !== undefined && region !== call.region) return false;
  if (action !== undefined && action !== call.action) return false;
  if (rule.path !== undefined && rule.path !== path) return false;
  if (rule.body === undefined || rule.body === null) return true;
  return Object.entries(rule.body).every(([name, value]) => isDeepStrictEqual(call.body[name], value));
}

function stsAnswer({ action }: AwsCall, now: number): AwsAnswer {
  const credentials =
    `<Credentials><AccessKeyId>ASIASTS</AccessKeyId><SecretAccessKey>sts-secret-canary</SecretAccessKey>` +
    `<SessionToken>sts-session-canary</SessionToken><Expiration>${new Date(now + life).toISOString()}</Expiration></Credentials>`;
  const xmlns = "https://sts.amazonaws.com/doc/2011-06-15/";
  const body = `<${action}Response xmlns="${xmlns}"><${action}Result>${credentials}</${action}Result></${action}Response>`;
  return { status: 200, headers: { "content-type": "text/xml" }, body };
}

function agentAnswer(now: number): AwsAnswer {
  const Expiration = new Date(now + life).toISOString();
  const body = { AccessKeyId: "ASIAPIA", SecretAccessKey: "agent-secret-canary", Token: "agent-session-canary" };
  return { status: 200, body: { ...body, AccountId: "123456789012", Expiration } };
}

/** The text of an answer's body. */
export function bodyText(body: unknown): string {
  return body === undefined ? "" : typeof body === "string" ? body : wellFormedJson(body);
}

/** Half of a surrogate pair travels as its escape. */
function wellFormedJson(body: unknown): string {
  return JSON.stringify(body);
}

/** The world as our HTTP client sees it. */
export function sendTo(world: AwsWorld): Send {
  return async (request, signal) => {
    signal.throwIfAborted();
    const { url, headers, body = "" } = request;
    if (world.refuse.some((part) => url.host.includes(part))) {
      throw connectionError(url.host, Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
    }
    const text = typeof body === "string" ? body : Buffer.from(body).toString("utf8");
    const answer = world.answer({ host: url.host, path: url.pathname, headers, body: text });
    if (answer === "hang") return hang(request, signal);
    if (answer === "reset") {
      throw connectionError(url.host, Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    }
    await Promise.resolve();
    return asSendAnswer(answer);
  };
}

async function hang({ url, limit }: SendRequest, signal: AbortSignal): Promise<SendAnswer> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(limit, 50));
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
  throw new MountError("store_unavailable", `${url.host} did not answer within ${limit / 1000} s`);
}

function asSendAnswer(answer: AwsAnswer): SendAnswer {
  if (answer === null || typeof answer === "string") throw new Error("no answer");
  const { status, headers = {}, body } = answer;
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { status, headers: lower, body: Buffer.from(bodyText(body), "utf8") };
}
