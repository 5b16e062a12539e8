/**
 * Makes locations ready: patterns are compiled, sets of secrets looked up.
 *
 * @module
 */

import { compileRedaction } from "../../../redaction/compile_redaction.ts";
import type { Pattern } from "../../../redaction/types.ts";
import { unwrapAny } from "./auto.ts";
import { unwrapCri } from "./cri.ts";
import { unwrapDocker } from "./docker.ts";
import { parseJsonLine } from "./json_line.ts";
import { merged } from "./members.ts";
import { joinRule, withKeysTogether } from "./multiline.ts";
import { RateLimit } from "./rate_limit.ts";
import type { Parser, Source } from "./source.ts";
import { asksForMore, type LocalfileOptions, type MultilineOptions } from "./source_options.ts";
import type { JoinRule, Members, OpenLimits, Unwrap } from "./stages.ts";
import { parseSyslog } from "./syslog.ts";
import { textEncoding } from "./text_encoding.ts";
import { wholeLineTest } from "./whole_line.ts";

type Compile = (pattern: string) => Pattern;

/** Bytes that the parts of one line may have together where nothing else is said. */
const MOST_JOINED_BYTES = 262_144;
const JOIN_TIMEOUT_MS = 5_000;
const MOST_JOINED_LINES = 500;

const UNWRAPS: Readonly<Record<string, Unwrap>> = {
  cri: unwrapCri,
  docker: unwrapDocker,
  auto: unwrapAny,
};

/**
 * What each location asks for, `undefined` for one that asks for lines only.
 *
 * @throws {Error} that names the location and what is wrong with it
 */
export async function compileSources(
  locations: readonly LocalfileOptions[],
): Promise<(Source | undefined)[]> {
  if (!locations.some(asksForMore)) return locations.map(() => undefined);
  // Five megabytes that only those need who have patterns.
  const { compilePattern } = await import("../../../redaction/pattern.ts");
  return locations.map((options) =>
    asksForMore(options) ? compileSource(options, compilePattern) : undefined
  );
}

function compileSource(options: LocalfileOptions, compile: Compile): Source {
  const { location, format = "line", multiline, encoding, redact = [], parse = "none" } = options;
  try {
    const rule = multiline && multilineRule(multiline, compile);
    return {
      encoding: encoding === undefined ? undefined : textEncoding(encoding),
      unwrap: UNWRAPS[format],
      isWhole: wholeLineTest({ format, parse, unwrap: UNWRAPS[format] }),
      join: redact.includes("keys") ? withKeysTogether(rule) : rule,
      limits: limitsOf(multiline),
      ...filtersOf(options, compile),
      rate: rateOf(options),
      redact: compileRedaction(redact, compile),
      parsers: parsersOf(options),
      members: constantOf(options),
      hasContainer: format === "cri" || format === "docker" || format === "auto",
    };
  } catch (error) {
    throw new Error(`Location "${location}": ${(error as Error).message}`, { cause: error });
  }
}

function multilineRule(options: MultilineOptions, compile: Compile): JoinRule | undefined {
  const { start, continue: continues, end, max_lines: maxLines = MOST_JOINED_LINES } = options;
  return joinRule({
    ...(start !== undefined && { start: compile(start) }),
    ...(continues !== undefined && { continues: compile(continues) }),
    ...(end !== undefined && { end: compile(end) }),
  }, maxLines);
}

function limitsOf(multiline: MultilineOptions | undefined): OpenLimits {
  return {
    maxBytes: multiline?.max_bytes ?? MOST_JOINED_BYTES,
    timeoutMs: multiline?.timeout ?? JOIN_TIMEOUT_MS,
  };
}

function filtersOf(
  { include_lines = [], exclude_lines = [] }: LocalfileOptions,
  compile: Compile,
): Pick<Source, "include" | "exclude"> {
  return { include: include_lines.map(compile), exclude: exclude_lines.map(compile) };
}

function rateOf(options: LocalfileOptions): RateLimit | undefined {
  const { max_rate, over_rate: over = "wait", sample_every: sampleEvery = 10 } = options;
  return max_rate === undefined ? undefined : new RateLimit(max_rate, { over, sampleEvery });
}

function parsersOf({ format = "line", parse = "none" }: LocalfileOptions): Parser[] {
  const inner = parse === "json" || format === "json";
  if (format === "syslog" || format === "auto") {
    return [(text, nowMs) => withinSyslog(text, nowMs, { inner, isAuto: format === "auto" })];
  }
  return inner ? [parseJsonLine] : [];
}

/** A message of syslog, whose text may be JSON again (`@cee:` before it is what rsyslog writes). */
function withinSyslog(
  text: string,
  nowMs: number,
  { inner, isAuto }: { inner: boolean; isAuto: boolean },
): Members | undefined {
  const syslog = parseSyslog(text, nowMs);
  // Whatever is neither is a line as any other where nobody said what it should be.
  if (!syslog) return isAuto ? parseJsonLine(text) ?? {} : inner ? parseJsonLine(text) : undefined;
  const message = typeof syslog.message === "string" ? syslog.message : "";
  const json = inner ? parseJsonLine(message.replace(/^@cee: ?/, "")) : undefined;
  return json ? merged(syslog, json) : syslog;
}

function constantOf({ fields = {}, labels }: LocalfileOptions): Members {
  return labels ? merged(fields, { labels: { ...labels } }) : fields;
}
