/**
 * Names of the files for agents.
 *
 * @module
 */

import { ApiError } from "./api_error.ts";

// A name, never a path: no separators, no drive, nothing hidden.
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,200}\.yml$/;

/** @throws ApiError 400 for what is no name such as `web.yml` */
export function checkFileName(name: string): void {
  if (FILE_NAME.test(name)) return;
  throw new ApiError(400, `"${name}" is not a file name such as "web.yml"`);
}
