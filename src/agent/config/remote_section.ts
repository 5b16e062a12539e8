/**
 * The options that say how far the server's power over this machine goes. They are never the server's to set.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../shared/config/fields.ts";
import { type Platform } from "../../shared/config/platform.ts";

const LOG_FOLDERS: Record<Platform, string[]> = {
  linux: ["/var/log/**"],
  darwin: ["/var/log/**", "/private/var/log/**", "/Library/Logs/**"],
  windows: ["C:\\ProgramData\\logs\\**", "C:\\inetpub\\logs\\**"],
};

/** The section `remote`. */
export function remoteOptions(platform: Platform) {
  return {
    allow: field.section("What the server may do to this machine.", {
      actions: field.list(word(/^(?:\*|[a-z][a-z0-9-]{0,63})$/, "must be the name of an action"), {
        default: ["*"],
        error: "must be a list of actions, such as [set-group, fetch-config]",
        most: 100,
        about: 'Orders that the server may give, by their actions; "*" is each of them. Others ' +
          "are answered with a failure.",
      }),
      localfiles: field.list(
        field.pathText("must be a path or glob, such as /var/log/**").meta({ kind: "path" }),
        {
          default: LOG_FOLDERS[platform],
          error: "must be a list of paths or globs, such as [/var/log/**, /srv/*/logs/**]",
          most: 100,
          about: "Files that the files of groups may have followed, links resolved. The agent's " +
            "own folders and what holds passwords or keys are never among them.",
        },
      ),
      options: field.list(
        word(/^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+$/, "must be the name of an option"),
        {
          error: "must be a list of options, such as [logcollector.enabled]",
          most: 1_000,
          about: "Options that the server may also turn off (NAME.enabled of a module) or set " +
            "below what holds here without it (those marked 'not less' in docs/configuration.md, such " +
            "as queue.max_bytes or inventory.packages, while their module is on here).",
        },
      ),
    }),
  };
}

function word(pattern: RegExp, error: string) {
  return z.string({ error }).regex(pattern, { error });
}
