import { expect, test } from "@jest/globals";
import { signedHeaders } from "../../../../src/keys/remote/aws-sign.ts";
import { Secret } from "../../../../src/model/secret.ts";

test("signs as the published test suite of the signature does (post-vanilla)", () => {
  const headers = signedHeaders(
    {
      url: new URL("https://example.amazonaws.com/"),
      headers: {},
      body: "",
      service: "service",
      region: "us-east-1",
      now: Date.UTC(2015, 7, 30, 12, 36, 0),
    },
    { id: "AKIDEXAMPLE", secret: Secret.fromText("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), sessionToken: undefined },
  );
  expect(headers["authorization"]).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, " +
      "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  );
});
