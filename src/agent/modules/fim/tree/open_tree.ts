import type { LibcLibrary } from "../../../platform/libc/library.ts";
import { DenoTree } from "./deno_tree.ts";
import type { FileTree } from "./file_tree.ts";
import { LibcTree } from "./libc_tree.ts";

/** The best view of the file system that there is here. */
export function openTree({ libc }: Pick<LibcLibrary, "libc">): FileTree {
  return libc === undefined ? new DenoTree() : new LibcTree(libc);
}
