import { describe, expect, test } from "@jest/globals";
import type { ConfiguredKey } from "../../../../src/config/config.ts";
import { loadConfig } from "../../../../src/config/load.ts";
import { keyContext } from "../../../fakes/config-context.ts";

const addressesOfKey = ({ kind, source }: ConfiguredKey) => kind.endpoints(source).map(({ address }) => address);

function addressesOf(entry: string): readonly string[] | string {
  const text = `keys: [{ name: k, namespaces: [shop], ${entry} }]`;
  const reading = loadConfig(text, { ...keyContext, file: "c.yaml", stores: [], settings: [] });
  return reading.kind === "loaded" ? reading.config.keys.flatMap(addressesOfKey) : reading.problems.join("\n");
}

const arn = (region: string) => `arn:aws:kms:${region}:111122223333:key/*`;
const role = "roleArn: arn:aws:iam::111122223333:role/r";

describe("where the keys of a source are", () => {
  test.each([
    { is: "a file", entry: "kind: age, file: k", addresses: [] },
    {
      is: "Vault",
      entry: 'kind: vault-transit, address: "https://v.test", keys: [a], role: r',
      addresses: ["https://v.test"],
    },
    {
      is: "AWS, by the regions of the keys",
      entry: `kind: aws-kms, arns: ["${arn("eu-west-1")}", "${arn("cn-north-1")}", "${arn("eu-west-1")}"], file: f`,
      addresses: ["https://kms.eu-west-1.amazonaws.com", "https://kms.cn-north-1.amazonaws.com.cn"],
    },
    {
      is: "AWS with a role",
      entry: `kind: aws-kms, arns: ["${arn("eu-west-1")}"], ${role}`,
      addresses: ["https://kms.eu-west-1.amazonaws.com", "https://sts.eu-west-1.amazonaws.com"],
    },
    { is: "AWS in any region", entry: `kind: aws-kms, arns: ["${arn("*")}"], file: f`, addresses: [] },
    {
      is: "AWS at addresses of one's own",
      entry: `kind: aws-kms, arns: ["${arn("eu-west-1")}"], ${role}, endpoint: "https://k.test", stsEndpoint: "https://s.test"`,
      addresses: ["https://k.test", "https://s.test"],
    },
    {
      is: "Google Cloud",
      entry: "kind: gcp-kms, resources: [a], workloadIdentityProvider: p",
      addresses: ["https://cloudkms.googleapis.com", "https://sts.googleapis.com"],
    },
    {
      is: "Google Cloud with a credentials file",
      entry: "kind: gcp-kms, resources: [a], file: f",
      addresses: ["https://cloudkms.googleapis.com"],
    },
    {
      is: "Azure",
      entry: 'kind: azure-key, vaults: ["https://shop.vault.azure.net"], keys: [a], tenantId: t, clientId: c',
      addresses: ["https://shop.vault.azure.net", "https://login.microsoftonline.com"],
    },
  ])("$is", ({ entry, addresses }) => {
    expect(addressesOf(entry)).toEqual(addresses);
  });
});
