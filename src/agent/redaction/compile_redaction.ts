/**
 * Makes the option `redact` ready.
 *
 * @module
 */

import type { RedactOption } from "./redact_option.ts";
import {
  type Redact,
  redactAll,
  redactCardNumbers,
  REDACTED,
  redactPattern,
  redactSecrets,
} from "./redaction.ts";
import { KEYS, TOKENS } from "./secret_patterns.ts";
import type { Pattern } from "./types.ts";

type Compile = (pattern: string) => Pattern;

/** What the options ask for; `undefined` for nothing. @throws {Error} that names the pattern */
export function compileRedaction(
  options: readonly RedactOption[],
  compile: Compile,
): Redact | undefined {
  return options.length > 0 ? redactAll(options.map((one) => redactOf(one, compile))) : undefined;
}

function redactOf(option: RedactOption, compile: Compile): Redact {
  if (option === "cards") return redactCardNumbers;
  if (option === "keys") return redactSecrets(KEYS, compile);
  if (option === "tokens") return redactSecrets(TOKENS, compile);
  return redactPattern(compile(option.pattern), option.with ?? REDACTED);
}
