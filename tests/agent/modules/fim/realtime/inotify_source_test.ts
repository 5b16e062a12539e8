/** What inotify does not see is said, and looked at. */

import assert from "node:assert/strict";
import { InotifySource } from "../../../../../src/agent/modules/fim/realtime/inotify_source.ts";
import type { Gap } from "../../../../../src/agent/modules/fim/realtime/change_source.ts";
import { Mounts } from "../../../../../src/agent/modules/fim/tree/mounts.ts";
import { openTree } from "../../../../../src/agent/modules/fim/tree/open_tree.ts";
import { Libc } from "../../../../../src/agent/platform/libc/libc.ts";
import { LibcLibrary } from "../../../../../src/agent/platform/libc/library.ts";
import { LIBC_PATHS, openSymbols } from "../../../../../src/agent/platform/libc/symbols.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { directory, rulesOf } from "../support/directories.ts";

const opened = openSymbols(LIBC_PATHS);

if ("symbols" in opened) {
  Deno.test("InotifySource: folders beyond the kernel's limit are told once, with the limit, and the first is to be scanned", async () => {
    using files = new TempFolder();
    for (const name of ["a", "b", "c", "d"]) Deno.mkdirSync(files.file(name));
    const watched: number[] = [];
    const symbols = {
      ...opened.symbols,
      inotify_add_watch: (...given: Parameters<typeof opened.symbols.inotify_add_watch>) => {
        // The folders that lead to the watched one come first.
        const most = files.path.split("/").length + 2;
        if (watched.length >= most) return -1;
        const watch = opened.symbols.inotify_add_watch(...given);
        watched.push(watch);
        return watch;
      },
    };
    const gaps: Gap[] = [];
    using source = new InotifySource({
      libc: new Libc(symbols),
      rules: rulesOf([directory(files.path)]),
      folders: [files.path],
      tree: openTree(new LibcLibrary()),
      mounts: new Mounts(""),
      listener: { changed: () => {}, missed: (gap) => gaps.push(gap) },
    });
    await source.watch(new AbortController().signal);
    assert.deepEqual(gaps.map(({ paths }) => paths), [[files.file("c")], []]);
    assert.match(gaps[0]?.cause ?? "", /no watch for .*\/c and others/);
    assert.match(gaps[0]?.hint ?? "", /sysctl fs\.inotify\.max_user_watches=/);
    assert.equal(gaps.every(({ isLasting }) => isLasting), true);
  });
} else {
  Deno.test("there is no C library here, so the test of too few watches is left out", () => {});
}
