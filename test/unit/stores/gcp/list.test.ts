import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { startGcp, type FakeGcp } from "../../../fakes/gcp.ts";
import { attributesOf, createMounting, textsOf } from "../../../fakes/mounting.ts";

let gcp: FakeGcp;

beforeEach(async () => {
  gcp = await startGcp();
  gcp.secrets.clear();
  for (const id of ["shop-a", "shop-b", "pay-shop-c", "disabled-shop", "denied-shop"])
    gcp.secrets.set(id, Buffer.from(id));
  gcp.labels.set("shop-a", { team: "shop" });
});

afterEach(() => gcp.close());

async function mount(objects: string, project = "my-project") {
  const mounting = createMounting(undefined, {
    "gcp-secret-manager-endpoint": gcp.url,
    "gcp-token-endpoint": `${gcp.url}/v1/token`,
    "gcp-metadata-host": gcp.url.replace("http://", ""),
    "gcp-provider-credentials": "shop",
  });
  gcp.now = () => mounting.clock.now();
  const stores = `[{ name: g, kind: gcp, auth: provider${project === "" ? "" : `, project: ${project}`} }]`;
  return mounting.mount(attributesOf({ stores, objects }), { dialect: "keyferry" });
}

const refusalOf = async (mounted: Promise<unknown>): Promise<string> => {
  const error: unknown = await mounted.catch((thrown: unknown) => thrown);
  return error instanceof MountError ? `${error.reason}: ${error.text}` : JSON.stringify(error);
};
const lists = () => gcp.requests.map(({ path }) => path).filter((path) => path.includes("/secrets?"));

describe("find in Secret Manager", () => {
  test("filters by prefix there and here, over all pages", async () => {
    expect(textsOf(await mount("- { find: { prefix: shop- } }"))).toEqual({ "shop-a": "shop-a", "shop-b": "shop-b" });
    expect(lists()).toHaveLength(2);
    expect(lists()[0]).toContain('filter=name:"shop-"');
  });

  test("filters by labels", async () => {
    expect(textsOf(await mount("- { find: { tags: { team: shop } } }"))).toEqual({ "shop-a": "shop-a" });
    expect(lists()[0]).toContain('filter=labels.team="shop"');
  });

  test("leaves out secrets whose latest version is disabled; a refusal stays one", async () => {
    expect(textsOf(await mount('- { find: { match: "^(disabled|pay)-" } }'))).toEqual({ "pay-shop-c": "pay-shop-c" });
    expect(await refusalOf(mount('- { find: { match: "^denied-" } }'))).toMatch(/^access_denied/u);
  });

  test("names the right that is missing, and the project", async () => {
    expect(await refusalOf(mount("- { find: { prefix: a } }", "denied"))).toMatch(
      /find needs secretmanager\.secrets\.list/u,
    );
    expect(await refusalOf(mount("- { find: { prefix: a } }", ""))).toMatch(/set project on the store/u);
    expect(await refusalOf(mount('- { find: { tags: { "a b": c } } }'))).toMatch(/"a b" is no key of a label/u);
  });

  test("refuses what is no list, and a list that does not end", async () => {
    gcp.faults.set("store", { kind: "html" });
    expect(await refusalOf(mount("- { find: { prefix: a } }"))).toMatch(/^store_/u);
    gcp.faults.delete("store");
    gcp.pageSize = 1000;
    for (let at = 0; at < 22_000; at += 1) gcp.secrets.set(`more-${at}`, Buffer.from("x"));
    expect(await refusalOf(mount("- { find: { prefix: more- } }"))).toMatch(/more than 20000 secrets/u);
  });
});
