/**
 * `deno task generate`: writes the files that are made of the program's own definitions.
 *
 * @module
 */

import { agentDocuments } from "../../src/agent/config/documents.ts";
import { serviceDocuments } from "../../src/agent/service/documents.ts";
import { managerDocuments } from "../../src/manager/config/documents.ts";
import { withEmbeddedFiles } from "./embedded_files.ts";

const ROOT = new URL("../../", import.meta.url);

const GUIDE = "docs/adding_a_module.md";

const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
const guide = withEmbeddedFiles(read(GUIDE), read);

const documents = [
  ...agentDocuments(),
  ...serviceDocuments(),
  ...managerDocuments(),
  [GUIDE, guide] as const,
];
for (const [path, text] of documents) {
  await Deno.writeTextFile(new URL(path, ROOT), text);
  console.log(path);
}
