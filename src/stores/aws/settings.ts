import type { AwsSettings } from "../../identity/aws/settings.ts";
import { listSetting, setting, variableSetting, type Setting, type SettingValues } from "../../model/setting.ts";
import { booleanRule, choiceRule, durationRule, namespaceRule, pathRule, rule } from "../../text/rules.ts";
import { urlRule } from "../../text/url-rules.ts";
import { parseRegion, regionProblem } from "./region.ts";

const server = urlRule({ http: "loopback", placeholder: "{region}" });

/** What the node's own services are reached at: plain http on the node. */
const local = urlRule({ http: "any" });

const regionRule = rule<string>({ type: "string" }, "write a region such as eu-west-1", (text) =>
  text === "" ? "" : regionProblem(text) === undefined ? parseRegion(text) : undefined,
);

const calls = {
  region: setting(
    {
      flag: "aws-region",
      value: "REGION",
      help: "AWS region of manifests that name none (default: that of the pod's node)",
      officialEnv: "AWS_REGION",
    },
    regionRule,
    "",
  ),
  fips: setting(
    {
      flag: "aws-use-fips-endpoint",
      value: "BOOLEAN",
      help: "true calls AWS at its FIPS endpoints, STS where it has one",
      officialEnv: "AWS_USE_FIPS_ENDPOINT",
      defaultText: "false",
    },
    booleanRule,
    false,
  ),
  dualStack: setting(
    {
      flag: "aws-use-dualstack-endpoint",
      value: "BOOLEAN",
      help: "true calls AWS at endpoints that have IPv6 too",
      officialEnv: "AWS_USE_DUALSTACK_ENDPOINT",
      defaultText: "false",
    },
    booleanRule,
    false,
  ),
  batchSecrets: setting(
    {
      flag: "aws-batch-secrets",
      value: "MODE",
      help: "whether secrets are read by BatchGetSecretValue: auto tries it once for each role (a refusal shows in CloudTrail), off never",
      defaultText: "auto",
    },
    choiceRule(["auto", "off"] as const),
    "auto",
  ),
  nodeCredentials: listSetting(
    {
      flag: "aws-node-credentials",
      value: "NS[,NS...]",
      help: "namespaces whose pods may use the daemon's own AWS credentials (default: none)",
    },
    namespaceRule,
    [],
  ),
};

const addresses = {
  secretsManager: setting(
    {
      flag: "aws-secrets-manager-endpoint",
      value: "URL",
      help: "address of Secrets Manager, {region} in it filled in (default: AWS's own)",
      officialEnv: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    },
    server,
    "",
  ),
  ssm: setting(
    {
      flag: "aws-ssm-endpoint",
      value: "URL",
      help: "address of Parameter Store, {region} in it filled in (default: AWS's own)",
      officialEnv: "AWS_ENDPOINT_URL_SSM",
    },
    server,
    "",
  ),
  sts: setting(
    {
      flag: "aws-sts-endpoint",
      value: "URL",
      help: "address of STS, {region} in it filled in (default: AWS's own)",
    },
    server,
    "",
  ),
  all: variableSetting(
    {
      env: "AWS_ENDPOINT_URL",
      value: "URL",
      help: "address of Secrets Manager and Parameter Store where neither has one of its own",
    },
    server,
    "",
  ),
  podIdentity: setting(
    {
      flag: "aws-pod-identity-endpoint",
      value: "URL",
      help: "address of the EKS Pod Identity agent (default: the two that EKS has on each node)",
    },
    local,
    "",
  ),
  podIdentityTimeout: setting(
    {
      flag: "aws-pod-identity-timeout",
      value: "DURATION",
      help: "longest wait for one answer of the EKS Pod Identity agent",
      defaultText: "5s",
    },
    durationRule(1),
    5_000,
  ),
};

const own = {
  credentialsFile: setting(
    {
      flag: "aws-credentials-file",
      value: "FILE",
      help: "file with the daemon's own AWS credentials, one profile, for namespaces of aws-node-credentials",
    },
    pathRule,
    "",
  ),
  roleArn: variableSetting(
    { env: "AWS_ROLE_ARN", value: "ARN", help: "role of the daemon's own service account, set by EKS" },
    rule({ type: "string" }, "write an ARN", (text) => text),
    "",
  ),
  tokenFile: variableSetting(
    {
      env: "AWS_WEB_IDENTITY_TOKEN_FILE",
      value: "FILE",
      help: "token of the daemon's own service account, set by EKS",
    },
    pathRule,
    "",
  ),
  containerUri: variableSetting(
    {
      env: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      value: "URL",
      help: "where the daemon's own credentials are had, set by EKS Pod Identity",
    },
    local,
    "",
  ),
  containerTokenFile: variableSetting(
    {
      env: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
      value: "FILE",
      help: "the daemon's own token for that address, set by EKS Pod Identity",
    },
    pathRule,
    "",
  ),
  metadata: variableSetting(
    {
      env: "AWS_EC2_METADATA_SERVICE_ENDPOINT",
      value: "URL",
      help: "address of the instance metadata service",
    },
    local,
    "",
  ),
};

/** Every setting of the store, in the order of the reference page. */
export const awsSettingList: readonly Setting<unknown>[] = [
  ...Object.values(calls),
  ...Object.values(addresses),
  ...Object.values(own),
];

/** The daemon's settings, parsed. */
export function awsSettings(values: SettingValues): AwsSettings {
  const all = values.get(addresses.all);
  const endpoint = (one: Setting<string>) => values.get(one) || all;
  return {
    region: values.get(calls.region),
    endpoints: {
      fips: values.get(calls.fips),
      dualStack: values.get(calls.dualStack),
      own: {
        secretsmanager: endpoint(addresses.secretsManager),
        ssm: endpoint(addresses.ssm),
        sts: values.get(addresses.sts),
        kms: "",
      },
    },
    podIdentityAgent: values.get(addresses.podIdentity),
    podIdentityTimeout: values.get(addresses.podIdentityTimeout),
    nodeCredentials: values.get(calls.nodeCredentials),
    batchSecrets: values.get(calls.batchSecrets) === "auto",
    own: {
      credentialsFile: values.get(own.credentialsFile),
      roleArn: values.get(own.roleArn),
      webIdentityTokenFile: values.get(own.tokenFile),
      containerUri: values.get(own.containerUri),
      containerTokenFile: values.get(own.containerTokenFile),
      metadata: values.get(own.metadata),
    },
  };
}
