/**
 * Every module there is: one line each, and nothing else anywhere.
 *
 * @module
 */

export { inventory } from "./inventory/module.ts";
export { logcollector } from "./logcollector/module.ts";
export { fim } from "./fim/module.ts";
export { sca } from "./sca/module.ts";
export { journald } from "./journald/module.ts";
export { eventlog } from "./eventlog/module.ts";
export { unifiedlog } from "./unifiedlog/module.ts";
export { syslog } from "./syslog/module.ts";
