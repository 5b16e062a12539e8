/**
 * Why a file can't be used, in words for whoever runs the manager.
 *
 * @module
 */

/** What an error of the file system says, without the runtime's advice to its developers. */
export function whyUnusable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or folder";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  // The runtime demands all rights for devices and for what the kernel shows as files.
  if (error instanceof Deno.errors.NotCapable) {
    return "it can't be opened, because it is a device or another special file";
  }
  return error instanceof Error ? error.message : String(error);
}
