/**
 * Every module there is: one line each, and nothing else anywhere.
 *
 * @module
 */

export { logcollector } from "./logcollector/module.ts";
