import { expect, test } from "@jest/globals";
import { transformName } from "../../../../src/stores/doppler/transform-name.ts";

test.each([
  ["camel", "API_KEY", "apiKey"],
  ["upper-camel", "API_KEY", "ApiKey"],
  ["lower-snake", "API_KEY", "api_key"],
  ["lower-kebab", "API_KEY", "api-key"],
  ["tf-var", "API_KEY", "TF_VAR_api_key"],
  ["dotnet", "SMTP__USER_NAME", "Smtp:UserName"],
  ["dotnet-env", "SMTP__USER_NAME", "Smtp__UserName"],
] as const)("%s makes of %s what Doppler does", (transformer, name, made) => {
  expect(transformName(name, transformer)).toBe(made);
});
