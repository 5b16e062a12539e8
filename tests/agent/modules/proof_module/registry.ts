/** The registry with one more line. */

export * from "../../../../src/agent/modules/registry.ts";
export { fileCount } from "./file_count/module.ts";
