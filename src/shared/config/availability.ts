/**
 * Options that exist on some operating systems only.
 *
 * @module
 */

import type { Given, Problem } from "./given.ts";
import type { Option } from "./options.ts";
import type { Platform } from "./platform.ts";

/**
 * What is left of `given` on `platform`. Naming an option of another system on the machine itself is a mistake; the file of a group
 * is for machines of all kinds, so there it is passed over.
 */
export function availableOn(
  platform: Platform,
  given: readonly Given[],
  options: ReadonlyMap<string, Option>,
): { given: Given[]; problems: Problem[] } {
  const elsewhere = ({ path }: Given) => {
    const platforms = options.get(path)?.platforms ?? [platform];
    return platforms.includes(platform) ? undefined : platforms;
  };
  return {
    given: given.filter((one) => elsewhere(one) === undefined),
    problems: given.flatMap((one) => {
      const platforms = elsewhere(one);
      if (platforms === undefined || one.place.source === "shared") return [];
      const { path, place } = one;
      const text = `${path} is an option on ${platforms.join(" and ")} only, not on ${platform}`;
      return [{ path, place, text }];
    }),
  };
}
