import assert from "node:assert/strict";
import { withEmbeddedFiles } from "../../../../.ci/generate/embedded_files.ts";

const ROOT = new URL("../../../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT)).replaceAll("\r\n", "\n");

Deno.test("docs/adding_a_module.md shows the files of the proof module as they are", () => {
  const page = read("docs/adding_a_module.md");
  assert.equal(page, withEmbeddedFiles(page, read), "run deno task generate");
  const folder = new URL("tests/agent/modules/proof_module/file_count/", ROOT);
  for (const { name } of Deno.readDirSync(folder)) {
    assert.ok(page.includes(`<!-- file: tests/agent/modules/proof_module/file_count/${name} -->`));
  }
});

Deno.test("withEmbeddedFiles() replaces what stands in a page by the file", () => {
  const page = "# A\n\n<!-- file: a.ts -->\n\n```ts\nold\n```\n\ntext\n";
  assert.equal(
    withEmbeddedFiles(page, (path) => `// ${path}\nconst $1 = "$&";\n`),
    '# A\n\n<!-- file: a.ts -->\n\n```ts\n// a.ts\nconst $1 = "$&";\n```\n\ntext\n',
  );
});
