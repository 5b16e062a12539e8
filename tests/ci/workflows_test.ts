import assert from "node:assert/strict";
import { parse } from "yaml";
import project from "../../deno.json" with { type: "json" };
import { PLATFORMS } from "../../.ci/package/platforms.ts";
import { TARGETS } from "../../.ci/compile/options.ts";

const FOLDER = ".github/workflows";

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Workflow {
  permissions?: unknown;
  jobs: Record<string, {
    steps: Step[];
    "timeout-minutes"?: number;
    strategy?: { matrix: Record<string, unknown> };
  }>;
}

const texts = new Map(
  [...Deno.readDirSync(FOLDER)].map(({ name }) =>
    [name, Deno.readTextFileSync(`${FOLDER}/${name}`)] as const
  ),
);
const workflows = [...texts].map(([name, text]) => [name, parse(text) as Workflow] as const);
const jobs = workflows.flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([job, body]) => [`${file}: ${job}`, body] as const)
);

/** Lines that use an action by anything but a commit, with its version beside it. */
function unpinned(text: string): string[] {
  const uses = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
  return uses.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
}

Deno.test("every action is pinned to a commit, with its version in words", () => {
  assert.ok(texts.has("ci.yml") && texts.has("release.yml"));
  for (const [name, text] of texts) assert.deepEqual(unpinned(text), [], name);
  for (const loose of ["actions/checkout@v4", "a/b@0123456789abcdef0123456789abcdef01234567"]) {
    assert.equal(unpinned(`      - uses: ${loose}`).length, 1);
  }
});

Deno.test("one action has one commit everywhere", () => {
  const steps = jobs.flatMap(([, { steps }]) => steps);
  const used = new Set(steps.flatMap(({ uses }) => uses ?? []));
  const names = [...used].map((use) => use.split("@")[0]);
  assert.equal(new Set(names).size, names.length, [...used].join(", "));
});

Deno.test("every workflow may only read, and says so", () => {
  for (const [name, { permissions }] of workflows) {
    assert.deepEqual(permissions, { contents: "read" }, name);
  }
});

Deno.test("every job has a time limit", () => {
  for (const [name, job] of jobs) assert.ok(job["timeout-minutes"] !== undefined, name);
});

Deno.test("every job with Deno keeps to the lock, and has a cache", () => {
  for (const [name, { steps }] of jobs) {
    const setup = steps.find(({ uses }) => uses?.startsWith("denoland/setup-deno@"));
    if (setup === undefined) continue;
    assert.equal(setup.with?.cache, true, name);
    assert.ok(steps.some(({ run }) => run === "deno install --frozen"), name);
  }
});

Deno.test("a release is built for every platform that can be packaged", () => {
  const release = workflows.find(([name]) => name === "release.yml")?.[1];
  const targets = PLATFORMS.map(({ target }) => target);
  assert.deepEqual(release?.jobs.build?.strategy?.matrix.target, targets);
  assert.deepEqual(TARGETS, targets);
});

Deno.test("the version stands in deno.json and nowhere in the workflows or package templates", () => {
  const templates = ["debian/control", "rpm/agent.spec"];
  const read = templates.map((name) => Deno.readTextFileSync(`.ci/package/${name}`));
  for (const text of [...texts.values(), ...read]) assert.ok(!text.includes(project.version));
});
