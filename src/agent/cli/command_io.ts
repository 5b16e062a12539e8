import { Secrets } from "../../shared/log/secrets.ts";
import { visibleLines } from "../../shared/text.ts";
import type { CliIo } from "./cli_io.ts";

/**
 * What commands write through: no secret leaves the process, and nothing that a terminal would obey.
 */
export interface CommandIo extends CliIo {
  /** Add what must not be seen. */
  readonly secrets: Secrets;
  /** Writes to standard error with controls such as colours: for text that holds none from outside, or only escaped ones. */
  paint(text: string): void;
  /** The same to standard output, for a picture on a terminal. */
  draw(text: string): void;
}

/** `io` with a filter before both of its outputs. */
export function guarded(io: CliIo, secrets: Secrets = new Secrets()): CommandIo {
  const fit = (text: string) => visibleLines(secrets.hide(text));
  return {
    ...io,
    secrets,
    stdout: (text) => io.stdout(fit(text)),
    stderr: (text) => io.stderr(fit(text)),
    paint: (text) => io.stderr(secrets.hide(text)),
    draw: (text) => io.stdout(secrets.hide(text)),
  };
}
