import assert from "node:assert/strict";
import { listOptions } from "../../../src/agent/config/options.ts";
import { changedLines } from "../../../src/shared/config/changed_lines.ts";
import { setYamlOption } from "../../../src/shared/config/edit_yaml.ts";
import { givenByYaml } from "../../../src/shared/config/yaml_source.ts";

const options = listOptions("linux");

function read(text: string): Map<string, unknown> {
  const origin = { source: "file", file: "agent.yaml" } as const;
  const { given, problems } = givenByYaml(text, { origin, env: { ON: "true" }, options });
  assert.deepEqual(problems, [], text);
  return new Map(given.map(({ path, value }) => [path, value]));
}

const disable = (text: string) =>
  setYamlOption(text, { path: "logcollector.enabled", value: false }, read);

const EDITS: [name: string, before: string, after: string][] = [
  [
    "nested, with comments around",
    "# top\nlogcollector: # files\n  # on\n  enabled: true # really\n  start_at: end\n",
    "# top\nlogcollector: # files\n  # on\n  enabled: false # really\n  start_at: end\n",
  ],
  ["dotted", "logcollector.enabled: true # x\n", "logcollector.enabled: false # x\n"],
  [
    "in braces",
    "logcollector: { enabled: true, start_at: end }\n",
    "logcollector: { enabled: false, start_at: end }\n",
  ],
  ["a variable", "logcollector.enabled: ${ON}\n", "logcollector.enabled: false\n"],
  [
    "a quoted key, other words",
    "'logcollector':\n    \"enabled\" : True\n",
    "'logcollector':\n    \"enabled\" : false\n",
  ],
  ["without a value", "logcollector:\n  enabled: # ?\n", "logcollector:\n  enabled: false # ?\n"],
  ["null", "logcollector:\n  enabled: ~\n", "logcollector:\n  enabled: false\n"],
  [
    "missing in its section: above the comments of the first entry",
    "logcollector:  # files\n    # how often\n    read_interval: 1s\nlog.level: debug\n",
    "logcollector:  # files\n    enabled: false\n    # how often\n    read_interval: 1s\n" +
    "log.level: debug\n",
  ],
  [
    "missing in braces",
    "logcollector: {start_at: end}\n",
    "logcollector: {enabled: false, start_at: end}\n",
  ],
  [
    "missing in wide braces",
    "logcollector: { start_at: end }\n",
    "logcollector: { enabled: false, start_at: end }\n",
  ],
  ["empty braces", "logcollector: {}\n", "logcollector: {enabled: false}\n"],
  [
    "an empty section",
    "logcollector: # nothing yet\n  # read_interval: 1s\nlog.level: info\n",
    "logcollector: # nothing yet\n  enabled: false\n  # read_interval: 1s\nlog.level: info\n",
  ],
  ["a null section", "logcollector: null\n", "logcollector: { enabled: false }\n"],
  ["no section", "log.level: info\n", "log.level: info\nlogcollector:\n  enabled: false\n"],
  [
    "no section but dotted options of it",
    "logcollector.start_at: end\nlog.level: info\n",
    "logcollector.start_at: end\nlog.level: info\nlogcollector.enabled: false\n",
  ],
  [
    "no newline at the end",
    "log.level: info",
    "log.level: info\nlogcollector:\n  enabled: false\n",
  ],
  ["nothing at all", "", "logcollector:\n  enabled: false\n"],
  ["comments only", "# later\n", "# later\nlogcollector:\n  enabled: false\n"],
  [
    "lines of Windows",
    "log:\r\n  level: info\r\n",
    "log:\r\n  level: info\r\nlogcollector:\r\n  enabled: false\r\n",
  ],
  [
    "the whole file in braces",
    "{log: {level: info}}\n",
    "{logcollector.enabled: false, log: {level: info}}\n",
  ],
  [
    "an indented file",
    "  log:\n    level: info\n",
    "  log:\n    level: info\n  logcollector:\n    enabled: false\n",
  ],
  [
    "an end of the document",
    "---\nlog.level: info\n...\n",
    "---\nlog.level: info\nlogcollector:\n  enabled: false\n...\n",
  ],
  [
    "a list at the end",
    "logcollector.localfiles:\n  - location: /a # x\n  # last\n",
    "logcollector.localfiles:\n  - location: /a # x\n  # last\nlogcollector.enabled: false\n",
  ],
  ["said already", "logcollector: {enabled: false}\n", "logcollector: {enabled: false}\n"],
];

for (const [name, before, after] of EDITS) {
  Deno.test(`setYamlOption() changes one line: ${name}`, () => {
    assert.equal(disable(before), after);
    assert.equal(read(after).get("logcollector.enabled"), false);
  });
}

Deno.test("setYamlOption() adds to what an alias stands for without touching it", () => {
  const text = "log: &x\n  level: info\nlogcollector: &y\n  start_at: end\n";
  assert.match(disable(text) ?? "", /^logcollector: &y\n {2}enabled: false\n/m);
});

Deno.test("setYamlOption() refuses what would change something else", () => {
  const text = "logcollector:\n  enabled: &on true\nactive_response:\n  enabled: *on\n";
  assert.equal(disable(text), undefined);
});

Deno.test("setYamlOption() undoes itself but for the line that it added", () => {
  for (const [, before] of EDITS) {
    const off = disable(before) ?? "";
    const on = setYamlOption(off, { path: "logcollector.enabled", value: true }, read) ?? "";
    const { added = [], removed = [] } = changedLines(off, on) ?? {};
    assert.equal(added.length, 1, off);
    assert.equal(removed[0]?.replace("false", "true"), added[0]);
  }
});

Deno.test("changedLines() gives the lines that differ and where they begin", () => {
  assert.equal(changedLines("a\n", "a\n"), undefined);
  assert.deepEqual(changedLines("a\nb\nc\n", "a\nx\nc\n"), {
    line: 2,
    removed: ["b"],
    added: ["x"],
  });
  assert.deepEqual(changedLines("a\n", "a\nb\n"), { line: 2, removed: [], added: ["b"] });
  assert.deepEqual(changedLines("", "a\n"), { line: 1, removed: [], added: ["a"] });
});
