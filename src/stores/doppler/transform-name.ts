import type { NameTransformer } from "./params.ts";

/**
 * The name that Doppler makes of one of its own, for files of secrets that a manifest lists. Source: Doppler's
 * documentation of name transformers; where a whole config is read, Doppler's own answer holds.
 */
export function transformName(name: string, transformer: NameTransformer): string {
  const lower = name.toLowerCase();
  switch (transformer) {
    case "camel":
      return camel(lower);
    case "upper-camel":
      return capital(camel(lower));
    case "lower-snake":
      return lower;
    case "lower-kebab":
      return lower.replaceAll("_", "-");
    case "tf-var":
      return `TF_VAR_${lower}`;
    case "dotnet":
      return dotnet(lower, ":");
    case "dotnet-env":
      return dotnet(lower, "__");
  }
}

function camel(lower: string): string {
  const [first = "", ...rest] = words(lower);
  return first + rest.map(capital).join("");
}

/** Two underlines are the border of a section. */
function dotnet(lower: string, border: string): string {
  return lower
    .split("__")
    .map((section) => words(section).map(capital).join(""))
    .join(border);
}

function words(lower: string): readonly string[] {
  return lower.split("_").filter((word) => word !== "");
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
