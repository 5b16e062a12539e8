/**
 * What each location of the configuration says of the files that it names.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { FileFinder, isCovered } from "../finding/file_finder.ts";
import { LinkRule, type WhyNotRead } from "../finding/link_rule.ts";
import type { LogcollectorOptions } from "../logcollector_options.ts";
import type { PieceOptions } from "../lines/piece_reader.ts";
import type { TailOptions } from "../files/tail_options.ts";
import type { FollowOptions } from "../files/tail_set.ts";
import type { Source } from "./source.ts";
import type { LocalfileOptions } from "./source_options.ts";
import { textEncoding } from "./text_encoding.ts";

/** A longest line, its end and what CRI and Docker put around it fit beside an event. */
const BESIDE_EVENT_BYTES = 1_024;

interface LocationDeps {
  /** In the order of `localfiles`. */
  sources: readonly (Source | undefined)[];
  clock: Pick<Clock, "now">;
  whyNotRead: WhyNotRead | undefined;
}

/** The locations, each with what it is made ready for. */
export class Locations {
  readonly #options: Required<LogcollectorOptions>;
  readonly #sources: readonly (Source | undefined)[];
  readonly #clock: Pick<Clock, "now">;
  readonly #whyNotRead: WhyNotRead | undefined;
  /** Looking up the location of a path costs a match with each of them. */
  readonly #any: { tail: boolean; age: boolean };

  constructor(
    options: Required<LogcollectorOptions>,
    { sources, clock, whyNotRead }: LocationDeps,
  ) {
    this.#whyNotRead = whyNotRead;
    this.#options = options;
    this.#sources = sources;
    this.#clock = clock;
    const says = (...names: (keyof LocalfileOptions)[]) =>
      options.localfiles.some((file) => names.some((name) => file[name] !== undefined));
    this.#any = { tail: says("max_line", "encoding", "close_idle"), age: says("age_limit") };
  }

  /** Whether any of them asks for more than lines. */
  get asksForMore(): boolean {
    return this.#sources.some((source) => source !== undefined);
  }

  /** How much is read in one piece. */
  get pieces(): PieceOptions {
    const { localfiles, blockBytes, maxLineBytes: ofAll, partialIdleMs } = this.#options;
    const maxLineBytes = Math.max(ofAll, ...localfiles.map(({ max_line }) => max_line ?? 0));
    const events = this.#sources.flatMap((source) => source?.limits.maxBytes ?? []);
    const mostEventBytes = Math.max(0, ...events) + maxLineBytes + BESIDE_EVENT_BYTES;
    return {
      blockBytes,
      maxLineBytes,
      mostEventBytes: events.length > 0 ? mostEventBytes : 0,
      givesUnfinished: partialIdleMs > 0,
    };
  }

  /** What the location of a path asks for beside lines. */
  sourceOf(path: string): Source | undefined {
    if (!this.asksForMore) return undefined;
    return this.#sources[this.#indexOf(path)];
  }

  /** How their files are followed. */
  get follow(): FollowOptions {
    const { localfiles, followLinks, maxFiles, maxUnpackedBytes } = this.#options;
    return {
      finder: new FileFinder(localfiles, new LinkRule(followLinks, this.#whyNotRead)),
      maxFiles,
      maxUnpackedBytes,
      tail: this.#options,
      startAtOf: (location) => this.#named(location)?.start_at ?? this.#options.startAt,
      isTooOld: (path, mtimeMs) => {
        if (!this.#any.age) return false;
        const limitMs = this.#of(path)?.age_limit;
        return limitMs !== undefined && this.#clock.now() - mtimeMs > limitMs;
      },
      tailOf: (path) => this.#tailOf(path),
    };
  }

  #tailOf(path: string): TailOptions {
    if (!this.#any.tail) return this.#options;
    const { max_line, encoding, close_idle: releaseIdleMs } = this.#of(path) ?? {};
    return {
      ...this.#options,
      ...(max_line !== undefined && { maxLineBytes: max_line }),
      ...(encoding !== undefined && { encoding: textEncoding(encoding) }),
      ...(releaseIdleMs !== undefined && { releaseIdleMs }),
    };
  }

  #of(path: string): LocalfileOptions | undefined {
    return this.#options.localfiles[this.#indexOf(path)];
  }

  /** The first that names it, as for its files. */
  #indexOf(path: string): number {
    return this.#options.localfiles.findIndex((localfile) => isCovered(path, localfile));
  }

  #named(location: string): LocalfileOptions | undefined {
    return this.#options.localfiles.find((localfile) => localfile.location === location);
  }
}
