/**
 * Lets something happen between any two steps that the collector takes in the file system.
 *
 * @module
 */

import fs from "node:fs";

/** What of `Deno` the collector calls. */
const DENO_CALLS = ["statSync", "lstatSync", "readDirSync", "realPathSync"] as const;
/** What of `node:fs` it calls on files that it opens. */
const NODE_CALLS = ["openSync", "fstatSync", "readSync"] as const;

/**
 * Calls `act` before each look at a file or folder, and each read, until it is disposed of, with the
 * name of the call and the path or handle that it is about.
 */
export function betweenSteps(act: (call: string, about: string) => void): Disposable {
  let isActing = false;
  const before = (call: string, about: string) => {
    if (isActing) return;
    isActing = true;
    try {
      act(call, about);
    } finally {
      isActing = false;
    }
  };
  const restore = new DisposableStack();
  for (const name of DENO_CALLS) restore.use(intercept(Deno, name, before));
  for (const name of NODE_CALLS) restore.use(intercept(fs, name, before));
  return restore;
}

function intercept<Name extends string>(
  owner: Record<Name, unknown>,
  name: Name,
  before: (call: string, about: string) => void,
): Disposable {
  const original = owner[name] as (...args: unknown[]) => unknown;
  owner[name] = (...args: unknown[]) => {
    before(name, String(args[0]));
    return original.apply(owner, args);
  };
  return { [Symbol.dispose]: () => owner[name] = original };
}
