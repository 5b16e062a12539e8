/** An agent with the module `listing`, as a process of its own: its argument is the configuration. */

import { runAgent } from "../../../../src/agent/agent.ts";
import { loadConfig } from "../../../../src/agent/config/load.ts";
import { STORED } from "../../../../src/agent/config/stored.ts";
import { MODULES } from "../../../../src/agent/modules/modules.ts";
import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { listing } from "./listing_module.ts";

const modules = [...MODULES, listing];
const load = () => loadConfig({ file: Deno.args[0], env: {}, modules, ...STORED });
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort("SIGTERM"));
await runAgent({
  ...await load(),
  modules,
  clock: systemClock,
  stop: stop.signal,
  loadConfig: load,
  checkGroupFiles: () => Promise.resolve(),
  setLogLevel: () => {},
  reloads: new ReloadRequests(),
});
Deno.exit(0);
