/**
 * What is watched now.
 *
 * @module
 */

import type { AccountNames } from "./record/account_names.ts";
import type { PathRules } from "./rules/path_rules.ts";
import type { News } from "./tell/news.ts";
import type { FileTree } from "./tree/file_tree.ts";
import type { Mounts } from "./tree/mounts.ts";

/** The machine as it was when it was looked at as a whole last. */
export interface View {
  rules: PathRules;
  tree: FileTree;
  mounts: Mounts;
  names: AccountNames;
  news: News;
}
