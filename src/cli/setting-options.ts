import type { Setting } from "../model/setting.ts";
import type { Option } from "./command.ts";

/** The flags of settings, in their order; those that are only variables have none. */
export function optionsOf(settings: readonly Setting<unknown>[]): readonly Option[] {
  return settings.flatMap(({ flag, value, help, list, defaultText }): readonly Option[] => {
    if (flag === undefined) return [];
    const fallback = defaultText === undefined ? {} : { fallback: defaultText };
    return [{ flag, value, help, repeatable: list, ...fallback }];
  });
}
