import { FileCheck } from "../commands/trust/file_check.ts";
import { SignedVersions } from "../commands/trust/signed_versions.ts";
import { messageOf } from "../../shared/errors.ts";
import type { GroupFile } from "../../shared/protocol/groups.ts";
import type { AgentConfig } from "./schema.ts";
import { requireTrusted } from "../platform/trusted_path.ts";
import { readGroupFiles, readLastGoodFiles } from "../identity/group_files.ts";
import type { LoadOptions } from "./load.ts";
import { readModuleOverrides } from "./module_overrides.ts";

/** Has `loadConfig` also take what the server left in the data folder: group files, and its word on modules. */
export const STORED = {
  readStored: trusted(readGroupFiles),
  refuseStored,
  readLastGood: trusted(readLastGoodFiles),
  readOverrides: trusted(readModuleOverrides),
} as const satisfies Partial<LoadOptions>;

/** `commands.require_signature` may have been turned on, or a key taken away, since a file came. */
function refuseStored(
  { name, text, signature }: GroupFile,
  { agent, commands }: AgentConfig,
): string | undefined {
  const rules = {
    requireSignature: commands.require_signature,
    trustedKeys: commands.trusted_keys,
  };
  const content = new TextEncoder().encode(text);
  try {
    return new FileCheck(rules, new SignedVersions(agent.path.data, neverWritten))
      .refusal({ name: `${name}.yml`, content, signature });
  } catch (error) {
    return messageOf(error);
  }
}

function neverWritten(path: string): never {
  throw new Error(`Only a download writes "${path}"`);
}

function trusted<T>(read: (dataFolder: string) => T): (dataFolder: string) => T {
  return (folder) => {
    requireTrusted("data folder", folder, { trustOwner: true });
    return read(folder);
  };
}
