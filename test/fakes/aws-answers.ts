import {
  namesIn,
  parameterIn,
  partitionOf,
  secretIn,
  type AwsCall,
  type AwsFixture,
  type FakeVersion,
} from "./aws-fixture.ts";

/** What a fake service answers by itself. */
export interface FakeReply {
  readonly status: number;
  readonly body: unknown;
}

const account = "123456789012";
const date = 1_700_000_000;

export function awsError(code: string, message = "m", status = 400): FakeReply {
  return { status, body: { __type: code, Message: message, message } };
}

/** The default answers of Secrets Manager. */
export function secretsAnswer(fixture: AwsFixture, { action, region, body }: AwsCall): FakeReply {
  if (action === "GetSecretValue") return getSecret(fixture, region, body);
  if (action === "BatchGetSecretValue") return batch(fixture, region, body);
  if (action === "ListSecrets") return listSecrets(fixture, region, body);
  return awsError("UnknownOperationException");
}

function getSecret(fixture: AwsFixture, region: string, body: AwsCall["body"]): FakeReply {
  const id = String(body["SecretId"]);
  const found = secretIn(fixture, region, id);
  const absent = "Secrets Manager can't find the specified secret.";
  if (found === undefined) return awsError("ResourceNotFoundException", absent);
  const text = (name: string) => (typeof body[name] === "string" ? body[name] : undefined);
  const [wanted, stage] = [text("VersionId"), text("VersionStage")];
  const label = stage ?? "AWSCURRENT";
  const entry = Object.entries(found.versions).find(([version, { stages }]) =>
    wanted === undefined ? stages.includes(label) : version === wanted,
  );
  if (entry === undefined) {
    const which = wanted === undefined ? `staging label: ${label}` : `version ID: ${wanted}`;
    const words = `Secrets Manager can't find the specified secret value for ${which}`;
    return awsError("ResourceNotFoundException", words);
  }
  const [version, held] = entry;
  if (wanted !== undefined && stage !== undefined && !held.stages.includes(stage)) {
    return awsError(
      "InvalidRequestException",
      "You provided a VersionStage that is not associated to the provided VersionId.",
    );
  }
  return { status: 200, body: { CreatedDate: date, ...secretBody(found.name, region, version, held) } };
}

function secretBody(name: string, region: string, version: string, held: FakeVersion) {
  return {
    ARN: `arn:${partitionOf(region)}:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`,
    Name: name,
    VersionId: version,
    VersionStages: held.stages,
    ...(held.string === undefined ? {} : { SecretString: held.string }),
    ...(held.binary === undefined ? {} : { SecretBinary: held.binary }),
  };
}

function batch(fixture: AwsFixture, region: string, body: AwsCall["body"]): FakeReply {
  const ids = body["SecretIdList"] as readonly string[];
  if (ids.length > 20) return awsError("InvalidParameterException", "at most 20");
  const answers = ids.map((id) => ({ id, reply: getSecret(fixture, region, { SecretId: id }) }));
  return {
    status: 200,
    body: {
      SecretValues: answers.flatMap(({ reply }) => (reply.status === 200 ? [reply.body] : [])),
      Errors: answers.flatMap(({ id, reply }) => {
        if (reply.status === 200) return [];
        const { __type, message } = reply.body as { readonly __type: string; readonly message: string };
        return [{ SecretId: id, ErrorCode: __type, Message: message }];
      }),
    },
  };
}

interface ListFilter {
  readonly Key: string;
  readonly Values: readonly string[];
}

/** Pages of two, so that a reader must follow them. Secrets have no tags here but those that their name says. */
function listSecrets(fixture: AwsFixture, region: string, body: AwsCall["body"]): FakeReply {
  const filters = (body["Filters"] ?? []) as readonly ListFilter[];
  const prefixes = filters.filter(({ Key }) => Key === "name").flatMap(({ Values }) => Values);
  const names = namesIn(fixture.secrets, region).filter(
    (name) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)),
  );
  const from = Number(body["NextToken"] ?? "0");
  const more = from + 2 < names.length ? { NextToken: String(from + 2) } : {};
  const list = names.slice(from, from + 2).map((Name) => ({
    Name,
    ARN: `arn:${partitionOf(region)}:secretsmanager:${region}:${account}:secret:${Name}-AbCdEf`,
    Tags: [{ Key: "team", Value: Name.split("/")[0] ?? "" }],
  }));
  return { status: 200, body: { SecretList: list, ...more } };
}

/** The default answers of Parameter Store. */
export function parametersAnswer(fixture: AwsFixture, { action, region, body }: AwsCall): FakeReply {
  if (action === "GetParameters") return getParameters(fixture, region, body["Names"] as readonly string[]);
  if (action === "GetParametersByPath") return byPath(fixture, region, body);
  if (action === "DescribeParameters") return describe(fixture, region, body);
  return awsError("UnknownOperationException");
}

function getParameters(fixture: AwsFixture, region: string, names: readonly string[]): FakeReply {
  if (names.length === 0 || names.length > 10) return awsError("ValidationException", "Names: 1 to 10");
  const found = names.map((asked) => ({ asked, parameter: parameterOf(fixture, region, asked) }));
  return {
    status: 200,
    body: {
      Parameters: found.flatMap(({ parameter }) => (parameter === undefined ? [] : [parameter])),
      InvalidParameters: found.flatMap(({ asked, parameter }) => (parameter === undefined ? [asked] : [])),
    },
  };
}

function parameterOf(fixture: AwsFixture, region: string, asked: string) {
  const path = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(\/.*)$/u.exec(asked)?.[1] ?? asked;
  const [name = "", selector] = path.split(":");
  const candidates = path === asked ? [name] : [name, name.slice(1)];
  const named = candidates.find((one) => parameterIn(fixture, region, one) !== undefined);
  const versions = named === undefined ? undefined : parameterIn(fixture, region, named);
  if (named === undefined || versions === undefined) return undefined;
  const held =
    selector === undefined
      ? versions.at(-1)
      : versions.find(({ version, labels = [] }) => String(version) === selector || labels.includes(selector));
  if (held === undefined) return undefined;
  return {
    ARN: `arn:${partitionOf(region)}:ssm:${region}:${account}:parameter${named.startsWith("/") ? "" : "/"}${named}`,
    DataType: "text",
    LastModifiedDate: date,
    Name: named,
    ...(selector === undefined ? {} : { Selector: `:${selector}` }),
    Type: held.type ?? "SecureString",
    Value: held.value,
    Version: held.version,
  };
}

function byPath(fixture: AwsFixture, region: string, body: AwsCall["body"]): FakeReply {
  const path = String(body["Path"]).replace(/\/?$/u, "/");
  const names = namesIn(fixture.parameters, region).filter((name) => name.startsWith(path));
  const from = Number(body["NextToken"] ?? "0");
  const page = names.slice(from, from + 10).map((name) => parameterOf(fixture, region, name));
  const more = from + 10 < names.length ? { NextToken: String(from + 10) } : {};
  return { status: 200, body: { Parameters: page, ...more } };
}

function describe(fixture: AwsFixture, region: string, body: AwsCall["body"]): FakeReply {
  const filters = (body["ParameterFilters"] ?? []) as readonly ListFilter[];
  const paths = filters.filter(({ Key }) => Key === "Path" || Key === "Name").flatMap(({ Values }) => Values);
  const names = namesIn(fixture.parameters, region).filter(
    (name) => paths.length === 0 || paths.some((path) => name.startsWith(path)),
  );
  return { status: 200, body: { Parameters: names.map((Name) => ({ Name })) } };
}
