/** Rights of a file that its mode does not show, on a real file system. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { LIBC_PATHS } from "../../../../../src/agent/platform/libc/symbols.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { compared } from "../support/compared.ts";
import { directory, rulesOf } from "../support/directories.ts";

const NOBODY_READS = "02000000" + "01000600ffffffff" + "02000400feff0000" + "04000400ffffffff" +
  "10000400ffffffff" + "20000400ffffffff";
const NET_RAW = "0100000200200000000000000000000000000000";

/** False where the file system or this user may not set it. */
function setAttribute(path: string, name: string, value: string): boolean {
  const libc = LIBC_PATHS.find((one) => {
    try {
      return Deno.statSync(one).isFile;
    } catch {
      return false;
    }
  });
  if (Deno.build.os !== "linux" || libc === undefined) return false;
  using library = new DisposableStack();
  const { symbols } = library.adopt(
    Deno.dlopen(libc, {
      setxattr: { parameters: ["buffer", "buffer", "buffer", "usize", "i32"], result: "i32" },
    }),
    (opened) => opened.close(),
  );
  const text = (one: string) => new TextEncoder().encode(`${one}\0`);
  const bytes = new Uint8Array(Buffer.from(value, "hex"));
  return symbols.setxattr(text(path), text(name), bytes, BigInt(bytes.length), 0) === 0;
}

for (
  const [what, name, value, attribute] of [
    ["an access list", "system.posix_acl_access", NOBODY_READS, /^acl:user:65534:r--,/],
    ["capabilities", "security.capability", NET_RAW, /^capability:cap_net_raw\+ep$/],
  ] as const
) {
  Deno.test(`Examiner: ${what} that a file gets is a change of it (where it may be set: Linux, for capabilities root)`, () => {
    using folder = new TempFolder();
    const path = folder.file("program");
    Deno.writeTextFileSync(path, "text", { mode: 0o644 });
    const rules = rulesOf([directory(folder.path)]);
    const now = () => Date.now() + 60_000;
    const { stored, files } = compared({ rules, now });
    assert.deepEqual(files.get(path)?.attributes, []);
    if (!setAttribute(path, name, value)) return;
    const second = compared({ rules, stored, now });
    assert.deepEqual(second.found, [`put ${path}`]);
    const [told = ""] = second.files.get(path)?.attributes as string[];
    assert.match(told, attribute);
    assert.deepEqual(compared({ rules, stored: second.stored, now }).found, []);
  });
}
