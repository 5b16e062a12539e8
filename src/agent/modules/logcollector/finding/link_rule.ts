/**
 * Which symbolic links are followed, and whether what they lead to may be read.
 *
 * Whoever may write to a followed folder may put a link there that leads to a file that only the
 * agent may read. So a link counts only when its owner could give the target's content away anyway,
 * as its owner, or is root. That holds for every link on the way, also those in place of folders.
 *
 * A second name of a file (a hard link) has no owner that could be asked. It counts in a folder into
 * which only root and the file's owner can put names. Linux lets nobody link files that are not his
 * own or his to write (`fs.protected_hardlinks`), which is on almost everywhere but can be turned off.
 *
 * @module
 */

import { dirname, join, parse, resolve } from "node:path";
import { identityOf, sameFile } from "../files/file_identity.ts";
import { statAt } from "../files/file_system.ts";
import { OpenFile } from "../files/open_file.ts";

/** As in the option `follow_links`. */
export type LinkMode = "owner" | "always" | "never";

const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o022;
/** As many as Linux follows. */
const MAX_LINKS = 40;

/** Why the file at a path, every link resolved, must not be read; `undefined` when it may. */
export type WhyNotRead = (path: string) => string | undefined;

/** Resolves links as far as they are allowed, and opens what they lead to. */
export class LinkRule {
  readonly #mode: LinkMode;
  readonly #whyNotRead: WhyNotRead;

  constructor(mode: LinkMode, whyNotRead: WhyNotRead = () => undefined) {
    this.#mode = mode;
    this.#whyNotRead = whyNotRead;
  }

  /**
   * Where `path` leads.
   *
   * @throws an error of the system; an error that names the link that is not followed, or says why the file must not
   *   be read
   */
  resolve(path: string): string {
    const real = Deno.realPathSync(path);
    const ban = this.#whyNotRead(real);
    if (ban !== undefined) throw new Error(`leads to "${real}", ${ban}`);
    if (this.#mode === "always") return real;
    if (real !== resolve(path)) this.#check(path, real);
    checkNames(real);
    return real;
  }

  /**
   * Opens what `path` leads to. A link that is put in the way meanwhile is noticed: what was opened
   * must be what allowed links lead to afterwards.
   *
   * @throws as {@linkcode resolve}, or when it is no regular file
   */
  open(path: string): OpenFile {
    using opened = new DisposableStack();
    const file = opened.use(new OpenFile(this.resolve(path)));
    const there = statAt(this.resolve(path));
    if (!there || !sameFile(identityOf(there), identityOf(file.info()))) throw new PlaceChanged();
    opened.move();
    return file;
  }

  #check(path: string, real: string): void {
    const { uid } = Deno.statSync(real);
    for (const link of linksOn(path)) {
      const { uid: owner } = Deno.lstatSync(link);
      if (this.#mode === "owner" && (owner === ROOT || owner === uid)) continue;
      throw new Error(
        this.#mode === "never"
          ? `"${link}" is a link, and links are not followed`
          : `"${link}" is a link of user ${owner} to a file of user ${uid}, which is not followed`,
      );
    }
  }
}

function checkNames(path: string): void {
  const { nlink, uid, isFile } = Deno.statSync(path);
  if (!isFile || nlink === null || nlink < 2) return;
  const folder = Deno.statSync(dirname(path));
  const isOpen = ((folder.mode ?? 0) & WRITABLE_BY_OTHERS) !== 0;
  if (!isOpen && (folder.uid === ROOT || folder.uid === uid)) return;
  throw new Error(
    `has ${nlink} names, and others than its owner may have put this one there, which is not followed`,
  );
}

/** Something else took the place of a file while it was opened. */
export class PlaceChanged extends Error {
  constructor() {
    super("changed while it was opened");
  }
}

/** Every link that is passed on the way, in order. */
function linksOn(path: string): string[] {
  const links: string[] = [];
  const walk = (start: string): string => {
    const { root } = parse(start);
    let reached = root;
    for (const part of start.slice(root.length).split(/[\\/]/).filter((name) => name !== "")) {
      const next = join(reached, part);
      if (!Deno.lstatSync(next).isSymlink) reached = next;
      else {
        links.push(next);
        if (links.length > MAX_LINKS) throw new Error("too many links");
        reached = walk(resolve(dirname(next), Deno.readLinkSync(next)));
      }
    }
    return reached;
  };
  walk(resolve(path));
  return links;
}
