/**
 * The variables by which every program is told of a proxy. They are weaker than whatever is said to the agent alone.
 *
 * @module
 */

import type { Environment } from "../../shared/config/expand.ts";
import { type Given, notShown } from "../../shared/config/given.ts";

/** The one in lower case is the older, and counts where both are set. */
const VARIABLES: readonly { path: string; names: readonly string[] }[] = [
  { path: "agent.proxy", names: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] },
  { path: "agent.no_proxy", names: ["no_proxy", "NO_PROXY"] },
];

/** The options that these variables give. An empty variable gives nothing. */
export function givenByProxyVariables(env: Environment): Given[] {
  return VARIABLES.flatMap(({ path, names }) => {
    const variable = names.find((name) => (env[name] ?? "") !== "");
    if (variable === undefined) return [];
    const text = env[variable] ?? "";
    const place = { source: "environment", variable } as const;
    const value = path === "agent.proxy" ? withScheme(text) : text;
    const shown = notShown(`"\${${variable}}"`);
    return [{ path, value, place, shown: () => shown, placeOf: () => place }];
  });
}

/** `proxy:3128` is how many write it. */
function withScheme(text: string): string {
  return text.includes("://") ? text : `http://${text}`;
}
