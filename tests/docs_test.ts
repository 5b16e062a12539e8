import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { ROUTES } from "../src/manager/http/routes.ts";
import { runCommand } from "./support/run_command.ts";

/** The documents that people read, by path. */
function documents(): Map<string, string> {
  const paths = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
  for (const folder of ["docs", "docs/decisions"]) {
    for (const { name } of Deno.readDirSync(folder)) {
      if (name.endsWith(".md")) paths.push(`${folder}/${name}`);
    }
  }
  return new Map(paths.map((path) => [path, Deno.readTextFileSync(path)]));
}

/** What is at the end of a link in `text`, without anchors and other sites. */
function linksIn(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s#]+)(#[^)]*)?\)/g)].map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

Deno.test("every link between the documents leads somewhere", () => {
  const broken = [...documents()].flatMap(([path, text]) =>
    linksIn(text).filter((target) => !exists(join(dirname(path), target)))
      .map((target) => `${path}: ${target}`)
  );
  assert.deepEqual(broken, []);
  assert.deepEqual(linksIn("[a](b.md#c) [d](https://e.f) ![g](h.svg)"), ["b.md", "h.svg"]);
});

Deno.test("docs/protocol.md names every route of the manager", () => {
  const text = documents().get("docs/protocol.md") ?? "";
  const missing = Object.values(ROUTES).map(({ path }) => path)
    .filter((path) => !text.includes(path));
  assert.deepEqual(missing, []);
});

Deno.test("each test that SECURITY.md names is there, and each claim of its tables has one", () => {
  const text = Deno.readTextFileSync("SECURITY.md");
  const named = [...text.matchAll(/`(tests\/[^`]+_test\.ts)`:\s+"([^"]+)"/g)];
  assert.ok(named.length > 15);
  const missing = named.filter(([, path = "", name = ""]) =>
    !exists(path) || !Deno.readTextFileSync(path).includes(name.replace(/\s+/g, " "))
  );
  assert.deepEqual(missing.map(([whole]) => whole), []);
  const claims = text.split("\n").filter((line) => /^\| (?!cannot|border|-)/.test(line));
  assert.deepEqual(claims.filter((line) => !line.includes('_test.ts`: "')), []);
});

Deno.test("docs/ARCHITECTURE.md stays under 200 lines", () => {
  const lines = documents().get("docs/ARCHITECTURE.md")?.split("\n").length ?? Infinity;
  assert.ok(lines < 200, `${lines} lines`);
});

Deno.test("the README lists the exit statuses of agent --help", async () => {
  const { stdout: help } = await runCommand("--help");
  const statuses = [...help.matchAll(/^ {2,5}(\d+(?:, \d+)?) {2}(.*)$/gm)];
  assert.ok(statuses.length > 10, help);
  const readme = (documents().get("README.md") ?? "").replaceAll("`", "").replaceAll(/\s+/g, " ");
  const missing = statuses.map(([, status, text]) => `| ${status} | ${text} |`)
    .filter((row) => !readme.includes(row));
  assert.deepEqual(missing, []);
});

Deno.test("each decision has a number of its own, in its name and in its heading", () => {
  const paths = [...documents().keys()].filter((path) => path.startsWith("docs/decisions/"));
  const numbers = paths.map((path) => path.slice("docs/decisions/".length).slice(0, 4)).toSorted();
  assert.deepEqual(numbers, [...new Set(numbers)]);
  for (const path of paths) {
    const number = path.slice("docs/decisions/".length).slice(0, 4);
    assert.ok(documents().get(path)?.startsWith(`# ${number}: `), `${path} begins otherwise`);
  }
});

/** Pages for whoever runs the agent: what they say to type is typed. */
const OPERATORS_PAGES = [
  "install",
  "upgrade",
  "uninstall",
  "troubleshooting",
  "streams",
  "servers",
];

Deno.test("each command that the operators' pages name is one of the agent's, with its flags", async () => {
  for (const page of OPERATORS_PAGES) {
    const text = Deno.readTextFileSync(`docs/${page}.md`);
    const spans = [...text.matchAll(/`([^`\n]+)`/g), ...text.matchAll(/^ {4}(.+)$/gm)];
    const lines = spans.map(([, line = ""]) => line.replace(/^runuser -u agent -- |^\.\//, ""));
    const commands = lines.filter((line) => /^agent [a-z-]/.test(line));
    assert.ok(commands.length > 0 || page === "uninstall", page);
    for (const command of commands) {
      const words = command.split(" ").slice(1);
      const names = words.filter((word, index) =>
        /^[a-z][a-z-]*$/.test(word) && words.slice(0, index).every((one) => /^[a-z-]+$/.test(one))
      );
      const flags = words.filter((word) => word.startsWith("--"));
      const { code, stdout } = await runCommand(...names.filter((name) => name !== ""), "--help");
      assert.equal(code, 0, `${page}: ${command}`);
      assert.ok(stdout.startsWith(`Usage: agent ${names.join(" ")}`.trimEnd()), command);
      for (const flag of flags) assert.ok(stdout.includes(flag), `${page}: ${command}: ${flag}`);
    }
  }
});
