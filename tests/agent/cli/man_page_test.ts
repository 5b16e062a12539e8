import assert from "node:assert/strict";
import { Command } from "@commander-js/extra-typings";
import { manPage } from "../../../src/agent/cli/man/man_page.ts";
import { commandTree } from "../../../src/agent/cli/shells/command_tree.ts";
import { outputOf, testWith } from "../../support/installed.ts";

const NOTES = `
A note with a \\backslash.
.Not a request, and 'not one' either.

Examples:
  tool put --into . | grep -v '^x'
  tool put`;

function page() {
  const tool = new Command("tool").description("Does it.").version("1.0.0");
  tool.addHelpText("after", "\nExit statuses:\n  0  done\n  1  failed");
  tool.command("put").description("put it there")
    .requiredOption("--into <folder>", "where to")
    .option("--count <n>", "how many", "3")
    .addHelpText("after", NOTES);
  return manPage(commandTree(tool), "1.0.0");
}

/** The page as it is read, without formatting. */
async function shown(): Promise<string> {
  return await outputOf(["groff", "-man", "-Tascii", "-ww", "-P-cbou", "-rLL=200n"], {
    input: page(),
  });
}

testWith("groff", "the manual page is roff that groff has no complaint about", async () => {
  assert.notEqual(await shown(), "");
});

testWith("groff", "the manual page has each command with usage, options and notes", async () => {
  const text = await shown();
  assert.match(text, /tool put --into folder \[--count n\]/);
  assert.match(text, /--count n\n +How many \(default: 3\)\./);
  assert.match(text, /A note with a \\backslash\. +\.Not a request, and 'not one' either\./);
  assert.match(text, /^ +tool put --into \. \| grep -v '\^x'\n +tool put$/m);
});

testWith("groff", "the manual page has the notes of the program as sections", async () => {
  assert.match(await shown(), /^EXIT STATUSES\n +0 {2}done\n +1 {2}failed$/m);
});

Deno.test("the manual page of one version is always the same", () => {
  assert.equal(page(), page());
  assert.match(page(), /^\.TH "TOOL" 1 "" "tool 1\.0\.0"/);
});
