import { requireTrusted } from "../platform/trusted_path.ts";
import { readGroupFiles, readLastGoodFiles } from "../identity/group_files.ts";
import type { LoadOptions } from "./load.ts";
import { readModuleOverrides } from "./module_overrides.ts";

/** Has `loadConfig` also take what the server left in the data folder: group files, and its word on modules. */
export const STORED = {
  readStored: trusted(readGroupFiles),
  readLastGood: trusted(readLastGoodFiles),
  readOverrides: trusted(readModuleOverrides),
} as const satisfies Partial<LoadOptions>;

function trusted<T>(read: (dataFolder: string) => T): (dataFolder: string) => T {
  return (folder) => {
    requireTrusted("data folder", folder, { trustOwner: true });
    return read(folder);
  };
}
