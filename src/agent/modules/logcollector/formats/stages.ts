/**
 * What stands between a line of a file and its event, for locations that ask for more than lines.
 *
 * reader → splitter → decode → unwrap → join → filter → rate → redact → parse → event
 *
 * Each stage is one small file. None keeps anything from one block to the next: what is not
 * finished is read again, so that a position in the file, with the ranges behind it that are done,
 * says everything, also after a crash.
 *
 * @module
 */

/** Members of an event, by name. */
export type Members = { [name: string]: unknown };

/** What a line says once what its format puts around it is taken away. */
export interface Unwrapped {
  text: string;
  /** Lines of one stream belong together; those of others may stand between them. @default one stream */
  stream?: string;
  /** True when the line goes on in the next one of its stream. */
  partial?: boolean;
  /** What the format says beside the text. */
  members?: Members;
}

/** Takes away what a format puts around a line; `undefined` when the line is not of that format. */
export type Unwrap = (line: string) => Unwrapped | undefined;

/** How lines are joined. */
export interface JoinRule {
  /** Whether an event of these lines goes on with `line`. */
  goesOn(lines: readonly string[], line: string): boolean;
  /** Whether nothing can follow behind these lines. */
  isOver(lines: readonly string[]): boolean;
  /** Whether an event may begin with this line; if not, it goes on with one that was cut. */
  mayBegin(line: string): boolean;
  maxLines: number;
}

/** When an event that is open is given as far as it goes. */
export interface OpenLimits {
  /** Of the file's bytes. */
  maxBytes: number;
  /** How long nothing was added to it. */
  timeoutMs: number;
}

/** One event before it is encoded. */
export interface SourceEvent {
  text: string;
  /** Lines of the file that it is made of. */
  lines: number;
  /** Bytes of the file that it is made of. */
  bytes: number;
  /** Bytes of its lines that were too long, and such lines. */
  cutBytes: number;
  cutLines: number;
  invalidLines: number;
  /** What is odd about it, such as `truncated`. */
  flags: readonly string[];
  members: Members;
}
