/**
 * A folder in which one location is followed.
 *
 * @module
 */

import type { LocalfileOptions } from "../../../../src/agent/modules/logcollector/formats/source_options.ts";
import type { LogcollectorOptions } from "../../../../src/agent/modules/logcollector/logcollector_options.ts";
import { LogFolder } from "./log_folder.ts";

/** Follows `app.log`, or `location` in the folder, with these options from its beginning. */
export function follow(
  { location = "app.log", ...options }: Partial<LocalfileOptions>,
  others: Partial<LogcollectorOptions> = {},
): LogFolder {
  const folder: LogFolder = new LogFolder({
    startAt: "beginning",
    ...others,
    get localfiles() {
      return [{ location: folder.file(location), ...options }];
    },
  });
  return folder;
}
