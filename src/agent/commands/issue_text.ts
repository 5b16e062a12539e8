import type { z } from "zod";

/** So many problems are named; the first is mostly the one that counts. */
const MAX_ISSUES = 3;

/**
 * What a schema says is wrong, in one line: `"args.groups[1]": expected string, received number`.
 *
 * @param root name of the value itself; without one, what is wrong with it as a whole stands alone
 */
export function issueText(error: z.ZodError, root = ""): string {
  const texts = error.issues.slice(0, MAX_ISSUES).map(({ path, message }) => {
    const what = message.replace(/^Invalid input: /, "");
    const where = pathText(root, path);
    return where === "" ? what : `"${where}": ${what}`;
  });
  const more = error.issues.length - texts.length;
  return texts.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  const steps = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`);
  return (root + steps.join("")).replace(/^\./, "");
}
