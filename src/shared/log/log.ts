/**
 * The log of a program: what its parts say through `getLogger(["<program>", "<component>"])` of
 * logtape, as text or as JSON lines.
 *
 * A failure that repeats itself is written once and then summed up (see `log/repetition.ts`), and
 * what looks like a token is never written.
 *
 * @module
 */

import { configureSync, type LogLevel, type LogRecord } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import { formatJson, formatText, type LogLine } from "./format.ts";
import { priorityPrefix } from "./priority.ts";
import { Repetitions } from "./repetition.ts";

/** Levels of the option `log.level`, from the one that writes most. */
type LogLevelOption = "debug" | "info" | "warning" | "error";

/** How the log is written. */
interface LogOptions {
  /** Least important level that is written. */
  level: LogLevelOption;
  /** `auto` is text at a terminal and JSON lines otherwise. */
  format: "auto" | "text" | "json";
  /** Takes one line, with its newline. */
  write: (line: string) => void;
  /** Takes each line a second time, in the format of what is no terminal. @default nobody does */
  writeToFile?: ((line: string) => void) | undefined;
  /** Whether `write` goes to a terminal. */
  isTerminal: boolean;
  /** True when `NO_COLOR` is set: no colours at a terminal either. @default false */
  noColor?: boolean;
  /** Whether `write` goes to systemd's journal, which takes a line's priority from its beginning. @default false */
  toJournal?: boolean;
  /** @default the machine's */
  clock?: Clock;
  /** Milliseconds after which repetitions are summed up. @default 60000 */
  repeatWindowMs?: number;
}

/** The log in force. */
export interface LogHandle {
  /** Changes the least important level that is written. */
  setLevel(level: LogLevelOption): void;
  /**
   * Writes what is left to sum up and stops the timer; later records are still written, each by
   * itself.
   */
  close(): void;
}

/**
 * Sends everything that is logged in this process to `write`, in place of what an earlier call set
 * up.
 */
export function configureLog(options: LogOptions): LogHandle {
  const { write, writeToFile, toJournal = false, clock = systemClock, repeatWindowMs = 60_000 } =
    options;
  const format = lineFormat(options);
  const formatInFile = lineFormat({ ...options, isTerminal: false });
  const repetitions = new Repetitions({
    clock,
    windowMs: repeatWindowMs,
    write: (line) => {
      write(`${toJournal ? priorityPrefix(line.level) : ""}${format(line)}`);
      writeToFile?.(formatInFile(line));
    },
  });
  const sink = (record: LogRecord) => repetitions.add(record);
  install(sink, options.level);
  return {
    setLevel: (level) => install(sink, level),
    close: () => repetitions.close(),
  };
}

function lineFormat(
  { format, isTerminal, noColor = false }: LogOptions,
): (line: LogLine) => string {
  const asText = format === "text" || (format === "auto" && isTerminal);
  return asText ? (line) => formatText(line, { color: isTerminal && !noColor }) : formatJson;
}

function install(sink: (record: LogRecord) => void, lowestLevel: LogLevel): void {
  configureSync({
    reset: true,
    sinks: { log: sink },
    loggers: [
      { category: [], sinks: ["log"], lowestLevel },
      {
        category: ["logtape", "meta"],
        sinks: ["log"],
        parentSinks: "override",
        lowestLevel: "warning",
      },
    ],
  });
}
