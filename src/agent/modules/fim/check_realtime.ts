/**
 * Which way to see changes as they happen is open to whoever asks.
 *
 * @module
 */

import { messageOf } from "../../../shared/errors.ts";
import { FAN, Fanotify } from "../../platform/libc/fanotify.ts";
import { Inotify } from "../../platform/libc/inotify.ts";
import type { Libc } from "../../platform/libc/libc.ts";
import { LibcLibrary } from "../../platform/libc/library.ts";
import type { CheckResult } from "../check.ts";
import type { FimOptions } from "./options.ts";

/** What has to be given to the service for the best way. */
const TRY = "give the service what fanotify needs: docs/fim.md, or set fim.realtime to auto";

/**
 * The best way that is open from the wanted one on. It is that of the user who asks: the service may run as another one.
 *
 * @param library @default the C library of this machine
 */
export function checkRealtime(
  { realtime, who }: Pick<FimOptions, "realtime" | "who">,
  library: Pick<LibcLibrary, "libc"> = new LibcLibrary(),
): CheckResult {
  if (realtime === "off") return { status: "ok", message: "changes are found by scans only" };
  if (realtime === "watch") return { status: "ok", message: "changes are seen as hints" };
  const { libc } = library;
  const whyNotFanotify = realtime === "inotify" ? "" : whyNot(libc, openFanotify);
  if (whyNotFanotify === undefined) {
    const andWho = who ? ", and who makes them" : "";
    return { status: "ok", message: `this user sees changes by fanotify${andWho}` };
  }
  const whyNotInotify = whyNot(libc, openInotify);
  const way = whyNotInotify === undefined ? "inotify" : "hints of the runtime";
  const why = [whyNotFanotify, whyNotInotify].filter(Boolean).map((one) => ` (${one})`).join("");
  const message = `this user sees changes by ${way}, not who makes them${why}`;
  const isAsWanted = whyNotInotify === undefined && realtime !== "fanotify";
  return isAsWanted ? { status: "ok", message } : { status: "warn", message, try: TRY };
}

/** What keeps a way from being open; `undefined` for nothing. */
function whyNot(libc: Libc | undefined, open: (libc: Libc) => void): string | undefined {
  if (libc === undefined) return "the C library cannot be called";
  try {
    open(libc);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function openFanotify(libc: Libc): void {
  using fanotify = new Fanotify(libc);
  fanotify.watchFileSystem("/", FAN.CREATE);
}

function openInotify(libc: Libc): void {
  using _ = new Inotify(libc);
}
