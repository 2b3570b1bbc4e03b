/** Longest names in characters: DNS subdomain, DNS label, label name or value, key of a Secret. */
const longest = { subdomain: 253, label: 63, dataKey: 253 };

/** Why Kubernetes refuses a text as the name of an object (RFC 1123 subdomain); undefined when it is fine. */
export function subdomainProblem(text: string): string | undefined {
  if (text.length > longest.subdomain) return `it is longer than ${longest.subdomain} characters`;
  return text.split(".").every(isDnsLabel) ? undefined : characterProblem(text);
}

/** As `subdomainProblem`, for a namespace (RFC 1123 label). */
export function dnsLabelProblem(text: string): string | undefined {
  if (text.length > longest.label) return `it is longer than ${longest.label} characters`;
  if (text.includes(".")) return "it holds a dot";
  return isDnsLabel(text) ? undefined : characterProblem(text);
}

function isDnsLabel(text: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/u.test(text);
}

function characterProblem(text: string): string {
  if (/[A-Z]/u.test(text)) return "it holds upper-case letters";
  if (text.includes("_")) return "it holds an underscore";
  if (/[^-a-z0-9.]/u.test(text)) return "it holds characters other than letters, digits, dashes and dots";
  return "each of its parts must start and end with a letter or a digit";
}

/** The name that somebody most likely may have instead: lower case, dashes for what is not allowed. */
export function allowedName(text: string): string | undefined {
  const name = text.toLowerCase().replaceAll(/[^-a-z0-9.]+/gu, "-");
  const trimmed = name.replaceAll(/^[-.]+|[-.]+$/gu, "");
  return trimmed === "" || subdomainProblem(trimmed) !== undefined ? undefined : trimmed;
}

/** Why Kubernetes refuses the key of a label or annotation; undefined when it is fine. */
export function labelKeyProblem(key: string): string | undefined {
  const [name = "", prefix, more] = key.split("/").reverse();
  if (more !== undefined) return "it holds more than one slash";
  if (prefix !== undefined && (prefix === "" || subdomainProblem(prefix) !== undefined)) {
    return "the part before the slash is not a DNS name in lower case";
  }
  if (name === "") return "it has no name";
  return labelTextProblem(name);
}

/** Why Kubernetes refuses the value of a label; undefined when it is fine. */
export function labelValueProblem(value: string): string | undefined {
  return value === "" ? undefined : labelTextProblem(value);
}

function labelTextProblem(text: string): string | undefined {
  if (text.length > longest.label) return `it is longer than ${longest.label} characters`;
  if (/^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/u.test(text)) return undefined;
  return "it must be letters, digits, dashes, underscores and dots, with a letter or digit at both ends";
}

/** Why Kubernetes refuses a key of a Secret's data; undefined when it is fine. */
export function dataKeyProblem(key: string): string | undefined {
  if (key.length > longest.dataKey) return `it is longer than ${longest.dataKey} characters`;
  if (key.includes("/")) return "it holds a slash";
  if (!/^[-._a-zA-Z0-9]+$/u.test(key))
    return "it holds characters other than letters, digits, dashes, underscores and dots";
  return key === "." || key.startsWith("..") ? "it is a dot, or starts with two dots" : undefined;
}
