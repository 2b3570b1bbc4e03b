import type { Permission } from "../../model/permission.ts";
import type { StorePlugin } from "../plugin.ts";
import { awsSettingList } from "./settings.ts";

const region: Omit<Permission, "resource"> = {
  verb: "get",
  ownNamespace: false,
  nameSetting: undefined,
  purpose: "the AWS region of the node that a pod runs on",
  without: "Mounts fail unless the manifest or the setting aws-region names a region",
  value: "rbac.nodeRegion",
  required: false,
};

/** The plug-in of AWS Secrets Manager and Systems Manager Parameter Store. */
export const aws: StorePlugin = {
  kind: "aws",
  providers: ["aws"],
  settings: awsSettingList,
  permissions: [
    {
      verb: "get",
      resource: "serviceaccounts",
      ownNamespace: false,
      nameSetting: undefined,
      purpose: "the IAM role of pods at AWS",
      without: "Mounts by IRSA fail; those by EKS Pod Identity do not need it",
      value: "rbac.serviceAccounts",
      required: true,
    },
    { ...region, resource: "pods" },
    { ...region, resource: "nodes" },
  ],
  work: [],
  load: async () => {
    const [{ createAwsStore }, { createAwsDialect }, { awsSettings }] = await Promise.all([
      import("./store.ts"),
      import("./dialect.ts"),
      import("./settings.ts"),
    ]);
    return (values) => {
      const settings = awsSettings(values);
      const store = createAwsStore(settings);
      return { store, dialects: [createAwsDialect(store, settings)] };
    };
  },
};
