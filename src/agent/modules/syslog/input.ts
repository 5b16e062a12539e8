/**
 * What an input is, and what it works with.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import type { LibcLibrary } from "../../platform/libc/library.ts";
import type { Counts } from "./counts.ts";
import type { Intake } from "./intake.ts";
import type { InputOptions } from "./options.ts";

/** What every input is built with. */
export interface InputDeps {
  options: InputOptions;
  maxMessageBytes: number;
  intake: Intake;
  counts: Counts;
  clock: Clock;
  log: Logger;
  library: LibcLibrary;
}

/** A place where messages are received. */
export interface Input {
  /** Where it listens, such as `udp 127.0.0.1:514`; the system chose the port when that was 0. */
  readonly place: string;
  /**
   * Receives until the signal is aborted, then resolves; its place is free again, unless it has a {@linkcode Input.close}. `onListening` is called once it listens.
   *
   * @throws when it cannot listen, or cannot go on
   */
  run(signal: AbortSignal, onListening: () => void): Promise<void>;
  /** Goes on with what `previous`, whose run has ended, still holds open, if that is for the same place. */
  takeOver?(previous: Input): void;
  /** Lets go of what it still holds open after its run. */
  close?(): void;
}
