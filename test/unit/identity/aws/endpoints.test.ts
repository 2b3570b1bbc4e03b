import { describe, expect, test } from "@jest/globals";
import { KMSClient } from "@aws-sdk/client-kms";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { awsEndpoint, type AwsEndpoints, type AwsService } from "../../../../src/identity/aws/endpoints.ts";

const own = { secretsmanager: "", ssm: "", sts: "", kms: "" };

/** The SDK's own rules. */
const rules: Readonly<Record<AwsService, (region: string, fips: boolean, dualStack: boolean) => string>> = {
  secretsmanager: rulesOf(new SecretsManagerClient({ region: "us-east-1" })),
  ssm: rulesOf(new SSMClient({ region: "us-east-1" })),
  kms: rulesOf(new KMSClient({ region: "us-east-1" })),
  sts: rulesOf(new STSClient({ region: "us-east-1" })),
};

function rulesOf(client: { readonly config: { readonly endpointProvider?: unknown } }) {
  const provide = client.config.endpointProvider as (params: object) => { readonly url: URL };
  return (Region: string, UseFIPS: boolean, UseDualStack: boolean) =>
    provide({ Region, UseFIPS, UseDualStack, UseGlobalEndpoint: false }).url.origin;
}

const regions = ["us-east-1", "eu-west-1", "ap-southeast-7", "us-gov-west-1", "cn-north-1", "us-iso-east-1"].concat([
  "us-isob-east-1",
  "eu-isoe-west-1",
  "us-isof-south-1",
  "eusc-de-east-1",
]);

const services = ["secretsmanager", "ssm", "sts", "kms"] as const;

describe("addresses are those of the SDK", () => {
  const plain = services.flatMap((service) => regions.map((region) => [service, region] as const));

  test.each(plain)("%s in %s", (service, region) => {
    const endpoints: AwsEndpoints = { fips: false, dualStack: false, own };
    expect(awsEndpoint(service, region, endpoints)).toBe(rules[service](region, false, false));
  });

  test.each(plain)("%s in %s, for IPv4 and IPv6", (service, region) => {
    const endpoints: AwsEndpoints = { fips: false, dualStack: true, own };
    expect(awsEndpoint(service, region, endpoints)).toBe(rules[service](region, false, true));
  });

  test.each(plain.filter(([service, region]) => service !== "sts" || ["us-east-1", "us-gov-west-1"].includes(region)))(
    "%s in %s, FIPS",
    (service, region) => {
      const endpoints: AwsEndpoints = { fips: true, dualStack: false, own };
      expect(awsEndpoint(service, region, endpoints)).toBe(rules[service](region, true, false));
    },
  );
});

test("STS is asked at its ordinary host where it has no FIPS host", () => {
  const endpoints: AwsEndpoints = { fips: true, dualStack: false, own };
  expect(awsEndpoint("sts", "eu-west-1", endpoints)).toBe("https://sts.eu-west-1.amazonaws.com");
});

test("an address of the operator's takes the region's place", () => {
  const endpoints = { fips: true, dualStack: true, own: { ...own, ssm: "https://ssm.{region}.internal/" } };
  expect(awsEndpoint("ssm", "eu-west-1", endpoints)).toBe("https://ssm.eu-west-1.internal");
});
