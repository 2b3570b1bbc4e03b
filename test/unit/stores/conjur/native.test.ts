import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { textsOf } from "../../../fakes/mounting.ts";
import { startCase, type StartedCase } from "./case.ts";

let one: StartedCase;

beforeEach(async () => {
  one = await startCase();
  const variables = { "shop/smtp/user": "u", "shop/smtp/password": "p", "shop/smtpx": "x", "shop/key": "k", top: "t" };
  for (const [id, text] of Object.entries(variables)) one.conjur.variables.set(id, [Buffer.from(text)]);
  one.conjur.variables.set("shop/smtp/unset", []);
  one.conjur.annotations.set("shop/key", { team: "shop", env: "prod" });
  one.conjur.annotations.set("shop/smtp/user", { team: "shop" });
});

afterEach(() => one.close());

function native(objects: string, more = ""): Record<string, string> {
  const fields = `name: c, kind: conjur, address: "${one.conjur.url}", account: myacct, authnId: authn-jwt/kube${more}`;
  return { stores: `- { ${fields} }`, objects };
}

const mount = async (objects: string) => textsOf(await one.mount(native(objects), { dialect: "keyferry" }));
const failure = (objects: string) => one.failure(native(objects), { dialect: "keyferry" });

describe("find", () => {
  test.each<{ readonly find: string; readonly files: readonly string[] }>([
    { find: "path: shop/smtp", files: ["shop_smtp_password", "shop_smtp_user"] },
    { find: "path: /shop/smtp/", files: ["shop_smtp_password", "shop_smtp_user"] },
    { find: "prefix: shop/smtp", files: ["shop_smtp_password", "shop_smtp_user", "shop_smtpx"] },
    { find: "tags: { team: shop }", files: ["shop_key", "shop_smtp_user"] },
    { find: "tags: { team: shop, env: prod }", files: ["shop_key"] },
    { find: 'path: shop, match: "key$"', files: ["shop_key"] },
  ])("$find", async ({ find, files }) => {
    const found = await mount(`- { find: { ${find} } }`);
    const flat = Object.keys(found).map((path) => path.replaceAll("/", "_"));
    expect(flat.sort()).toEqual(files);
  });

  test("reads every page, and all that was found in one batch", async () => {
    for (let at = 0; at < 2500; at += 1) one.conjur.variables.set(`bulk/${at}`, [Buffer.from("b")]);
    one.conjur.variables.set("zoo/a", [Buffer.from("a")]);
    expect(Object.values(await mount("- { find: { path: zoo } }"))).toEqual(["a"]);
    expect(one.conjur.count("/resources/myacct?kind=variable&limit=1000&offset=")).toBe(3);
    expect(one.conjur.count("/secrets/?")).toBe(1);
  });

  test("what the list gives and the read does not is told by name", async () => {
    one.conjur.denied.add("shop/smtp/user");
    expect(await failure("- { find: { path: shop/smtp } }")).toMatchObject({
      code: 7,
      text: expect.stringMatching(/"shop\/smtp\/user"/u),
    });
  });

  test.each<[string, number, RegExp]>([
    ["<html>", 13, /no list in JSON/u],
    ["{}", 13, /no list in JSON/u],
  ])("a list that is %s is an error", async (body, code, says) => {
    await mount("- objectName: top");
    one.conjur.readReply = { body };
    const error = await failure("- { find: { path: shop } }");
    expect([error.code, error.text]).toEqual([code, expect.stringMatching(says)]);
  });
});

test("versions by number, and the newest", async () => {
  one.conjur.variables.set("v", [Buffer.from("one"), Buffer.from("two")]);
  const objects = '- { objectName: v, objectVersion: "1", objectAlias: old }\n- { objectName: v, objectAlias: new }';
  const { files, versions } = await one.mount(native(objects), { dialect: "keyferry" });
  expect(files.map(({ content }) => content.revealText())).toEqual(["one", "two"]);
  expect(versions.map(({ version }) => version)).toEqual(["1", expect.stringMatching(/^[\w-]{22}$/u)]);
});

test("a missing variable leads to the fallback, a denied one does not", async () => {
  const fallback = (name: string) =>
    mount(`- { objectName: ${name}, objectAlias: f, fallback: [{ objectName: top }] }`);
  expect(await fallback("nothing")).toEqual({ f: "t" });
  await expect(fallback("forbid/x")).rejects.toMatchObject({ code: 7 });
});

test.each([
  ["address: nowhere, account: a, authnId: x", /field address/u],
  ["account: a, authnId: x", /field address/u],
  ['address: "https://c", account: "a:b", authnId: x', /field account/u],
  ['address: "https://c", account: a', /field authnId/u],
  ['address: "https://c", account: a, authnId: authn-jwt/', /field authnId/u],
  ['address: "https://c", account: a, authnId: x, ca: nonsense', /field ca/u],
  ['address: "https://c", account: a, authnId: x, identity: ".."', /field identity/u],
  ['address: "https://c", account: a, authnId: x, audience: ""', /field audience/u],
])("a store that is { %s } is refused", async (fields, says) => {
  const parameters = { stores: `- { name: c, kind: conjur, ${fields} }`, objects: "- objectName: x" };
  const error = await one.failure(parameters, { dialect: "keyferry" });
  expect([error.code, error.text]).toEqual([3, expect.stringMatching(says)]);
});

test.each([
  ['objectName: x, objectVersion: "0"', /field objectVersion/u],
  ['objectName: "variable:"', /field objectName/u],
])("an object that is { %s } is refused", async (fields, says) => {
  const error = await failure(`- { ${fields}, objectAlias: f }`);
  expect([error.code, error.text]).toEqual([3, expect.stringMatching(says)]);
});
