/** A name that a manifest's author chose, as messages show it: in quotes, and not more than 100 characters of it. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
