/**
 * The module `file_count`: counts the files of a folder, and says when their number changes.
 *
 * @module
 */

import { z } from "zod";
import { defineModule } from "../../../../../src/agent/modules/module.ts";
import * as field from "../../../../../src/shared/config/fields.ts";
import { FileCounter } from "./counter.ts";
import { lastCount, MIGRATIONS } from "./table.ts";

export const fileCount = defineModule({
  name: "file_count",
  about: "Counts the files of a folder, and says when their number changes.",
  options: {
    enabled: field.toggle({
      default: false,
      about: "Whether files are counted.",
      shareable: true,
    }),
    folder: field.path({ default: "/tmp", about: "The folder whose files are counted." }),
    interval: field.duration({
      default: "1m",
      min: "1s",
      max: "24h",
      about: "How often they are counted.",
      shareable: true,
    }),
    hidden: field.toggle({
      default: true,
      about: "Whether files count whose names begin with a dot.",
      platforms: ["linux", "darwin"],
    }),
  },
  migrations: MIGRATIONS,
  create: (options, context) => new FileCounter(options, context),
  executors: (options, { tables }) => [{
    action: "count-files",
    args: z.strictObject({}),
    async execute() {
      const { folder } = options();
      const files = await tables.transact((database) => lastCount(database, folder));
      return { code: 0, message: `${files ?? "no"} files in ${folder}` };
    },
  }],
  checks: () => [{
    id: "folder_readable",
    run({ folder }) {
      const { isDirectory } = Deno.statSync(folder);
      if (isDirectory) return { status: "ok", message: `${folder} can be read` };
      return {
        status: "fail",
        message: `${folder} is no folder`,
        try: "set file_count.folder to a folder",
      };
    },
  }],
});
