import assert from "node:assert/strict";
import { listOptions } from "../../../src/agent/config/options.ts";
import { configSchema } from "../../../src/agent/config/schema.ts";
import { MODULES } from "../../../src/agent/modules/modules.ts";
import { requireModule } from "../../../src/agent/modules/module_runner.ts";
import type { Module, ModuleFields } from "../../../src/agent/modules/module.ts";
import * as field from "../../../src/shared/config/fields.ts";
import { AgentError } from "../../../src/shared/errors.ts";

Deno.test("every module of the registry has a name of its own and a switch that takes effect at once", () => {
  const names = MODULES.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert(names.includes("logcollector"));
  const sections = Object.keys(configSchema({ modules: [] }).shape);
  assert.deepEqual(names.filter((name) => sections.includes(name)), []);
  const options = listOptions("linux");
  for (const name of names) {
    assert.match(name, /^[a-z][a-z0-9_]*$/);
    assert.equal(options.get(`${name}.enabled`)?.kind, "boolean", name);
    assert.equal(options.get(`${name}.enabled`)?.live, true, name);
  }
});

Deno.test("requireModule() says which module was perhaps meant", () => {
  assert.equal(requireModule("logcollector", MODULES).name, "logcollector");
  assert.throws(() => requireModule("logcolector", MODULES), (error) => {
    assert(error instanceof AgentError);
    assert.equal(error.code, "usage");
    assert.match(error.message, /no module "logcolector", did you mean "logcollector"\?/);
    assert.match(error.hint ?? "", /logcollector/);
    return true;
  });
});

/** A module of this name; `options` beside its switch. */
function named(name: string, options: ModuleFields = SWITCH): Module {
  return { name, about: "Does nothing.", options, create: () => Promise.reject(new Error()) };
}

const SWITCH: ModuleFields = {
  enabled: field.toggle({ default: true, about: "Whether it runs." }),
};

const CLASHES: readonly { what: string; modules: readonly Module[]; says: RegExp }[] = [
  {
    what: "is called like a section of the agent",
    modules: [named("queue")],
    says: /Module "queue" must not be called like a section/,
  },
  {
    what: "is called like another module",
    modules: [named("fim"), named("sca"), named("fim")],
    says: /Two modules are called "fim"/,
  },
  ...["File Count", "Fim", "", "7z", "a__b", "a_", "__proto__", "a.b"].map((name) => ({
    what: `is called ${JSON.stringify(name)}`,
    modules: [named(name)],
    says: /must be called by lower case words joined by "_"/,
  })),
  {
    what: "has an option with the variable of another option",
    modules: [named("path", { ...SWITCH, data: field.path({ default: "/tmp", about: "Data." }) })],
    says: /path\.data would share AGENT_PATH_DATA with agent\.path\.data/,
  },
];

for (const { what, modules, says } of CLASHES) {
  Deno.test(`listOptions() refuses a module that ${what}`, () => {
    assert.throws(() => listOptions("linux", modules), says);
  });
}
