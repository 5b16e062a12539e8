/**
 * The limit of sink and network: a program that posts what the file has, and does nothing else.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Contender } from "../contender.ts";

const PROGRAM = fileURLToPath(new URL("../raw_sender.ts", import.meta.url));

/** Keeps nothing and formats nothing: what no contender can exceed. */
export const rawContender: Contender = {
  name: "raw",
  label: "raw sender (limit of the sink)",
  version: () => Promise.resolve(Deno.version.deno),
  install: "",
  prepare({ input, sink }) {
    const permissions = ["--allow-net=127.0.0.1", `--allow-read=${input}`];
    const args = ["run", "--quiet", ...permissions, PROGRAM, input, `${sink.httpUrl}/lines`];
    return Promise.resolve({ command: Deno.execPath(), args });
  },
};
