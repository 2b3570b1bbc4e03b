import { expect, test } from "@jest/globals";
import { Secret } from "../../../src/model/secret.ts";
import { speaksFor } from "../../../src/model/token-subject.ts";
import { podToken } from "../../fakes/pod-token.ts";

const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount: "web" };
const now = 1_800_000_000_000;

function says(token: string, expiresAt?: number): boolean {
  return speaksFor(pod, { token: Secret.fromText(token), expiresAt }, now);
}

test("a token of the pod's service account speaks for it, whichever pod it was made for", () => {
  expect(says(podToken("web-0"))).toBe(true);
  expect(says(podToken("web-1"), now + 1)).toBe(true);
});

test.each([
  { is: "another service account's", token: podToken("web-0", "shop", "admin") },
  { is: "another namespace's", token: podToken("web-0", "pay", "web") },
  { is: "a name that reads alike", token: podToken("web-0", "shop:web", "") },
  { is: "past its end", token: podToken("web-0", "shop", "web", now / 1000) },
  { is: "no token at all", token: "jwt" },
  { is: "empty", token: "" },
  { is: "not JSON", token: "a.bm8.c" },
  { is: "a list", token: `a.${Buffer.from("[1]").toString("base64url")}.c` },
  { is: "larger than any token", token: `${podToken("web-0")}${"x".repeat(20_000)}` },
])("does not speak for the pod: $is", ({ token }) => {
  expect(says(token)).toBe(false);
});

test("the end that the driver names counts too", () => {
  expect(says(podToken("web-0"), now)).toBe(false);
});
