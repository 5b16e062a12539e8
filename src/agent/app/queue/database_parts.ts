import type { SchemaPart } from "../../../shared/sqlite/schema.ts";
import { JOURNAL_SCHEMA } from "../../commands/journal_schema.ts";
import { REMOTE_SCHEMA } from "../../commands/remote_record.ts";
import { RESPONSE_SCHEMA } from "../../responses/schema.ts";
import { STATE_SCHEMA } from "../../state/schema.ts";
import { HISTORY_SCHEMA } from "../../modules/history/history_table.ts";
import type { Module } from "../../modules/module.ts";

/** The tables beside the queue's own: the journal's and its record's, those of responses, of the states and of what happened to modules, then those of each module. */
export function databaseParts(modules: readonly Module[]): SchemaPart[] {
  const ofModules = modules.flatMap(({ name, migrations }) =>
    migrations === undefined ? [] : [{ name: `module.${name}`, migrations, tablePrefix: name }]
  );
  return [
    JOURNAL_SCHEMA,
    REMOTE_SCHEMA,
    RESPONSE_SCHEMA,
    STATE_SCHEMA,
    HISTORY_SCHEMA,
    ...ofModules,
  ];
}
