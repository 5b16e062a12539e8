/**
 * The functions of the C library that are called, and where the library lies.
 *
 * Every pointer is a buffer: only such calls are allowed under `--allow-ffi=PATH`; whatever works with addresses (`readdir`, `errno`)
 * would need the whole permission. Nothing is opened on import.
 *
 * @module
 */

import { messageOf } from "../../../shared/errors.ts";

/**
 * Where glibc lies on the systems that the agent is made for. Full paths: a bare name is looked up in the working folder. The same list
 * stands in the permissions of `deno.json` and of the executable.
 */
export const LIBC_PATHS: readonly string[] = [
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/lib64/libc.so.6",
  "/usr/lib64/libc.so.6",
  "/usr/lib/libc.so.6",
];

const SYMBOLS = {
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  flistxattr: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  fgetxattr: { parameters: ["i32", "buffer", "buffer", "usize"], result: "isize" },
  readlinkat: { parameters: ["i32", "buffer", "buffer", "usize"], result: "isize" },
  inotify_init1: { parameters: ["i32"], result: "i32" },
  inotify_add_watch: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  inotify_rm_watch: { parameters: ["i32", "i32"], result: "i32" },
  fanotify_init: { parameters: ["u32", "u32"], result: "i32" },
  fanotify_mark: { parameters: ["i32", "u32", "u64", "i32", "buffer"], result: "i32" },
  open_by_handle_at: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  recvfrom: {
    parameters: ["i32", "buffer", "usize", "i32", "buffer", "buffer"],
    result: "isize",
  },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  malloc_trim: { parameters: ["usize"], result: "i32" },
  // In a thread of its own, so that waiting does not hold up the agent.
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32", nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions. */
export type LibcSymbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** What came of opening the library. */
type OpenedLibc = { symbols: LibcSymbols } | { reason: string };

/** Opens the library at the first of `paths` where there is one; says why it cannot. */
export function openSymbols(paths: readonly string[]): OpenedLibc {
  if (Deno.build.os !== "linux") return { reason: `there is no binding for ${Deno.build.os}` };
  const path = paths.find(isThere);
  if (path === undefined) {
    return { reason: "no glibc at the known paths (another C library, such as musl?)" };
  }
  try {
    return { symbols: Deno.dlopen(path, SYMBOLS).symbols };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) return { reason: messageOf(error) };
    return { reason: `the permission is missing: --allow-ffi=${path}` };
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
