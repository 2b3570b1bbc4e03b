import { expect, test } from "@jest/globals";
import type { SendRequest } from "../../../../src/http/send.ts";
import { createCall } from "../../../../src/identity/gcp/call.ts";
import { VirtualClock } from "../../../fakes/virtual-clock.ts";

async function asked(metadata: string, url: string): Promise<string> {
  const sent: string[] = [];
  const send = (request: SendRequest) => {
    sent.push(request.url.href);
    return Promise.resolve({ status: 200, headers: {}, body: new Uint8Array() });
  };
  const call = createCall(send, new VirtualClock(), "test/1", metadata);
  const problem = await call({ url, who: "it" }, new AbortController().signal).then(
    () => "",
    (thrown: unknown) => (thrown as Error).message,
  );
  expect(sent).toEqual(problem === "" ? [url] : []);
  return problem;
}

test.each([
  ["metadata.corp.example", "http://metadata.corp.example/computeMetadata/v1"],
  ["10.1.2.3:8080", "http://10.1.2.3:8080/computeMetadata/v1"],
  ["[fd00::1]", "http://[fd00::1]/x"],
  ["", "http://169.254.169.254/x"],
  ["", "http://127.0.0.1:9/x"],
  ["10.1.2.3", "https://sts.googleapis.com/v1/token"],
])("the operator's metadata host %j is asked at %s in plain http", async (metadata, url) => {
  expect(await asked(metadata, url)).toBe("");
});

test.each([
  ["", "http://metadata.corp.example/x"],
  ["10.1.2.3:8080", "http://10.1.2.3/x"],
  ["10.1.2.3", "http://10.1.2.4/x"],
  ["10.1.2.3", "http://user@10.1.2.3/x"],
])("with the metadata host %j nothing is sent to %s", async (metadata, url) => {
  expect(await asked(metadata, url)).toBe("the address of it is not https; the operator must correct it");
});
