import { readGroupFiles } from "../identity/group_files.ts";
import type { LoadOptions } from "./load.ts";
import { readModuleOverrides } from "./module_overrides.ts";

/** Has `loadConfig` also take what the server left in the data folder: group files, and its word on modules. */
export const STORED = {
  readStored: readGroupFiles,
  readOverrides: readModuleOverrides,
} as const satisfies Partial<LoadOptions>;
