/**
 * `deno task generate`: writes the files that are made of the program's own definitions.
 *
 * @module
 */

import { managerDocuments } from "../../src/manager/config/documents.ts";

const ROOT = new URL("../../", import.meta.url);

for (const [path, text] of managerDocuments()) {
  await Deno.writeTextFile(new URL(path, ROOT), text);
  console.log(path);
}
