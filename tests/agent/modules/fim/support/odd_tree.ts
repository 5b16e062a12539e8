/**
 * A file system in which some things cannot be done, or happen at the worst moment.
 *
 * @module
 */

import { LibcLibrary } from "../../../../../src/agent/platform/libc/library.ts";
import { openTree } from "../../../../../src/agent/modules/fim/tree/open_tree.ts";
import type {
  FileTree,
  OpenFile,
  OpenFolder,
} from "../../../../../src/agent/modules/fim/tree/file_tree.ts";
import { childPath } from "../../../../../src/agent/modules/fim/rules/paths.ts";

/** What is odd about it. */
interface Oddities {
  /** Folders whose entries cannot be read. */
  closedFolders?: readonly string[];
  /** Files that cannot be opened. */
  closedFiles?: readonly string[];
  /** Called before a folder is opened. */
  beforeOpenFolder?: (path: string) => void;
  /** Called before each read of a file. */
  beforeRead?: (path: string) => void;
  /** Every path that was opened to be read. */
  opened?: string[];
}

/** The real one with oddities. */
export class OddTree implements FileTree {
  readonly #tree = openTree(new LibcLibrary());
  readonly #oddities: Oddities;

  constructor(oddities: Oddities) {
    this.#oddities = oddities;
  }

  openFolder(path: string): OpenFolder | undefined {
    const folder = this.#tree.openFolder(path);
    return folder && oddFolder(path, folder, this.#oddities);
  }
}

function oddFolder(path: string, folder: OpenFolder, oddities: Oddities): OpenFolder {
  const { closedFolders = [], closedFiles = [], beforeOpenFolder, opened } = oddities;
  return {
    status: () => folder.status(),
    entries: () => closedFolders.includes(path) ? undefined : folder.entries(),
    statusOf: (name, options) => folder.statusOf(name, options),
    readLink: (name) => folder.readLink(name),
    openFile(name, options) {
      const file = childPath(path, name);
      opened?.push(file);
      if (closedFiles.includes(file)) return undefined;
      const open = folder.openFile(name, options);
      return open && oddFile(file, open, oddities);
    },
    openFolder(name, options) {
      const child = childPath(path, name);
      beforeOpenFolder?.(child);
      const open = folder.openFolder(name, options);
      return open && oddFolder(child, open, oddities);
    },
    close: () => folder.close(),
  };
}

function oddFile(path: string, file: OpenFile, { beforeRead }: Oddities): OpenFile {
  return {
    status: () => file.status(),
    rights: () => file.rights(),
    read(buffer) {
      beforeRead?.(path);
      return file.read(buffer);
    },
    close: () => file.close(),
  };
}
