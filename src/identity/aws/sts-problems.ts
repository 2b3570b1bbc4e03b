import { MountError } from "../../model/error.ts";
import type { AwsRefusal } from "./fault.ts";

/** Who asks for a role. */
export interface RoleRequest {
  /** ARN of the role. */
  readonly role: string;
  readonly sessionName: string;
  /** `system:serviceaccount:NAMESPACE:NAME`. */
  readonly subject: string;
}

/** The name of a role without its account, for messages; an ARN of another form as it is. */
export function roleName(role: string): string {
  const name = /^arn:[^:]*:iam::\d*:role\/(?:.*\/)?([^/]+)$/u.exec(role)?.[1] ?? role;
  return name.length > 128 ? `${name.slice(0, 128)}…` : name;
}

/** Why AssumeRoleWithWebIdentity was refused, and what to change. */
export function webIdentityProblem({ status, code, words }: AwsRefusal, { role, subject }: RoleRequest): MountError {
  const said = code === "" ? `status ${status}` : code;
  const name = roleName(role);
  if (code === "AccessDenied") {
    return refused(
      `role ${name} does not trust ${subject} (AssumeRoleWithWebIdentity: ${said}); check sub and aud in the role's ` +
        "trust policy, and that it names this cluster's issuer",
    );
  }
  if (code === "InvalidIdentityToken" && words.includes("No OpenIDConnect provider")) {
    const issuer = /https:\/\/[\w./:-]{1,200}/u.exec(words)?.[0];
    return refused(
      `the account of role ${name} has no IAM OIDC provider for this cluster's issuer` +
        `${issuer === undefined ? "" : ` ${issuer}`} (${said}); create it in IAM`,
    );
  }
  const texts: Readonly<Record<string, string>> = {
    InvalidIdentityToken:
      "STS does not take the pod's token; check that the issuer's keys can be read and that the audience is one of the provider's",
    ExpiredTokenException: "the pod's token is past its end; it comes from kubelet, so check the node's clock",
    IDPRejectedClaim: "STS does not take the pod's token; its audience or issuer is not the provider's",
    IDPCommunicationError: "STS cannot read the keys of this cluster's issuer; check that they are public",
    RegionDisabledException:
      "STS is switched off for the account in this region; activate it in the account's settings",
    ValidationError: `${JSON.stringify(name)} is not the ARN of a role; correct the annotation eks.amazonaws.com/role-arn`,
  };
  const text = texts[code] ?? "STS refused the role";
  return refused(`${text} (AssumeRoleWithWebIdentity of role ${name} for ${subject}: ${said})`);
}

/** Why AssumeRole was refused, and what to change. */
export function assumeProblem({ status, code }: AwsRefusal, { role, subject }: RoleRequest): MountError {
  const said = code === "" ? `status ${status}` : code;
  const name = roleName(role);
  if (code === "AccessDenied") {
    return refused(
      `the identity of ${subject} may not take on role ${name} (AssumeRole: ${said}); allow sts:AssumeRole in its own ` +
        "policy, and name it in the role's trust policy; check externalId, and sts:TagSession where sessionTags is set",
    );
  }
  return refused(`STS refused role ${name} for ${subject} (AssumeRole: ${said}); check roleArn and externalId`);
}

function refused(message: string): MountError {
  return new MountError("identity_refused", message);
}
