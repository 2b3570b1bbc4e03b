import type { CsiDriver } from "../../kube/csi-driver.ts";
import { findingsOf, type Finding } from "./finding.ts";
import type { AudienceNeed, FormNeed } from "./needs.ts";

const { ok, warning, problem } = findingsOf("csidriver");

const subject = "tokenRequests";

/** Whether kubelet makes a token for each audience; `mayMake` says whether the daemon may make one itself. */
export function checkAudiences(
  needs: readonly AudienceNeed[],
  { audiences }: Pick<CsiDriver, "audiences">,
  mayMake: boolean,
): readonly Finding[] {
  const names = [...new Set(needs.map(({ audience }) => audience))];
  return names.map((audience) => {
    const who = needs.filter((need) => need.audience === audience);
    const text = who.map((need) => need.who).join(", ");
    if (audiences.includes(audience)) return ok(subject, `has ${JSON.stringify(audience)}, for ${text}`);
    return missing({ audience, text }, who, mayMake, audiences);
  });
}

function missing(
  { audience, text }: { readonly audience: string; readonly text: string },
  who: readonly AudienceNeed[],
  mayMake: boolean,
  audiences: readonly string[],
): Finding {
  const shown = JSON.stringify(audience);
  const makes = (need: AudienceNeed) =>
    mayMake && (need.byApi === "yes" || (need.byApi === "if-none" && audiences.length === 0));
  if (who.every(makes)) return ok(subject, `lacks ${shown}, for ${text}; the daemon makes these tokens itself`);
  const present =
    audiences.length === 0 ? "it is empty" : `it has ${audiences.map((one) => JSON.stringify(one)).join(", ")}`;
  const fix = `add to the values of the driver's chart: tokenRequests: [{ audience: ${shown} }], besides those it has`;
  const strict = who.some((need) => need.strict && !makes(need));
  if (strict) return problem(subject, `lacks ${shown}, for ${text}; ${present}`, fix);
  return warning(subject, `lacks ${shown}, which manifests of ${text} need unless they say otherwise; ${present}`, fix);
}

/** Whether there is an audience of a form that can be meant. */
export function checkForm(
  { form: { fits, what, example, byApi }, who }: FormNeed,
  { audiences }: Pick<CsiDriver, "audiences">,
  mayMake: boolean,
): Finding {
  const likely = audiences.find(fits);
  if (likely !== undefined) return ok(subject, `has ${JSON.stringify(likely)}, for ${who}`);
  if (mayMake && byApi === "if-none" && audiences.length === 0)
    return ok(subject, `is empty; the daemon makes tokens for ${who} itself`);
  const fix = `add to the values of the driver's chart: tokenRequests: [{ audience: ${example} }]`;
  return warning(subject, `has no ${what}, for ${who}`, fix);
}
