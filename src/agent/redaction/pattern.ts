/**
 * Patterns of the configuration, matched in time that grows with the text and nothing else.
 *
 * They are those of RE2: no look-around and no back-references, so none can blow up. See the
 * decision record on patterns.
 *
 * @module
 */

import { RE2JS } from "re2js";
import { messageOf } from "../../shared/errors.ts";
import type { Pattern } from "./types.ts";

/** Compiles a pattern. @throws {Error} that names the pattern and what is wrong with it */
export function compilePattern(source: string): Pattern {
  const compiled = compile(source);
  return {
    test: (text) => compiled.matcher(text).find(),
    replace(text, replacement) {
      const matcher = compiled.matcher(text);
      let count = 0;
      while (matcher.find()) if (matcher.end() > matcher.start()) count++;
      if (count === 0) return { text, count };
      const replaced = compiled.matcher(text).replaceAll(replacement);
      // What was replaced before may match again.
      return { text: replaced, count: replaced === text ? 0 : count };
    },
  };
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw new Error(`Cannot use the pattern "${source}": ${messageOf(error)}`, { cause: error });
  }
}
