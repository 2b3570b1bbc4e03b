/** The three kinds of objects that a vault holds. */
export type AzureObjectType = "secret" | "key" | "cert";

/** One object of a vault, or some of its versions. */
export interface AzureRef {
  readonly type: AzureObjectType;
  readonly name: string;
  /** Empty for the latest. */
  readonly version: string;
  /** How many versions before the first are read too; undefined for one version alone. */
  readonly history: number | undefined;
  /** The form that the native language shows it in; undefined: as the vault answered. */
  readonly form: "pem" | "pfx" | undefined;
}

/** What a vault answers for one version. */
export type AzureContent =
  | {
      readonly type: "secret";
      readonly value: string;
      readonly contentType: string | undefined;
      /** Whether it is the private half of a certificate. */
      readonly certificate: boolean;
    }
  | { readonly type: "key"; readonly jwk: Readonly<Record<string, string>> }
  | { readonly type: "cert"; readonly cer: string };

export interface AzureVersion {
  readonly version: string;
  readonly content: AzureContent;
}
