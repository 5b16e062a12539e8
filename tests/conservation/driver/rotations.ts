/**
 * The ways in which programs and rotators of this world put a log file aside.
 *
 * Each is done at once, between two lines, and keeps what it put aside for at least {@linkcode KEPT} rotations: what is
 * deleted unread by an agent that was down for that long is no agent's fault.
 *
 * @module
 */

import { gzipSync } from "node:zlib";

/** Old files that stay. */
export const KEPT = 24;

/** One scheme: what the agent is told to follow, and what happens at a rotation. */
export interface Rotation {
  /** What is configured, relative to the folder of the log. */
  readonly follow: string;
  /** Puts `app.log` in `folder` aside; `count` rotations were before this one. */
  rotate(folder: string, count: number): void;
  /** What the program writes to, after `count` rotations. @default app.log */
  file?(count: number): string;
}

/** Every scheme by name. */
export const ROTATIONS: Readonly<Record<string, Rotation>> = {
  none: { follow: "app.log", rotate: () => {} },
  numbers_followed: { follow: "app.log*", rotate: renumber },
  numbers_beside: { follow: "app.log", rotate: renumber },
  dates_beside: { follow: "app.log", rotate: dated },
  dates_followed: { follow: "app*.log", rotate: datedBeforeSuffix },
  old_beside: { follow: "app.log", rotate: old },
  compressed_at_once: { follow: "app.log", rotate: compressedAtOnce },
  compressed: { follow: "app.log", rotate: compressed },
  copied_followed: { follow: "app.log*", rotate: copyAndTruncate },
  copied_beside: { follow: "app.log", rotate: copyAndTruncate },
  backed_up: { follow: "app.log*", rotate: backUp },
  linked_renumbered: { follow: "app.log", rotate: renumberTarget, file: () => "target.txt" },
  linked: {
    follow: "app.log",
    rotate: relink,
    file: (count) => `target-${count}.txt`,
  },
};

/** `app.log` becomes `app.log.1`, `app.log.1` becomes `app.log.2`, and so on. */
function renumber(folder: string): void {
  renumberFile(`${folder}/app.log`);
}

/** The link `app.log` stays; its target is renumbered. */
function renumberTarget(folder: string): void {
  renumberFile(`${folder}/target.txt`);
  Deno.writeTextFileSync(`${folder}/target.txt`, "");
}

function renumberFile(path: string): void {
  const name = (number: number) => `${path}${number === 0 ? "" : `.${number}`}`;
  removeIfThere(name(KEPT));
  for (let number = KEPT - 1; number >= 0; number--) renameIfThere(name(number), name(number + 1));
}

function dated(folder: string, count: number): void {
  renameIfThere(`${folder}/app.log`, `${folder}/app.log-${dateOf(count)}`);
  if (count >= KEPT) removeIfThere(`${folder}/app.log-${dateOf(count - KEPT)}`);
}

function datedBeforeSuffix(folder: string, count: number): void {
  renameIfThere(`${folder}/app.log`, `${folder}/app-${dateOf(count)}.log`);
  if (count >= KEPT) removeIfThere(`${folder}/app-${dateOf(count - KEPT)}.log`);
}

/** Only one old file, so the older one is kept under another name for a while. */
function old(folder: string, count: number): void {
  renameIfThere(`${folder}/app.log.old`, `${folder}/app.log.old.${count}`);
  renameIfThere(`${folder}/app.log`, `${folder}/app.log.old`);
  removeIfThere(`${folder}/app.log.old.${count - KEPT}`);
}

/** As with logrotate's `compress` and `delaycompress`: the newest old file stays as it is until the next rotation. */
function compressed(folder: string): void {
  const name = (number: number) => `${folder}/app.log.${number}.gz`;
  removeIfThere(name(KEPT));
  for (let number = KEPT - 1; number >= 2; number--) renameIfThere(name(number), name(number + 1));
  compressIfThere(`${folder}/app.log.1`, name(2));
  renameIfThere(`${folder}/app.log`, `${folder}/app.log.1`);
}

/** As with logrotate's `compress` alone. */
function compressedAtOnce(folder: string): void {
  const name = (number: number) => `${folder}/app.log.${number}.gz`;
  removeIfThere(name(KEPT));
  for (let number = KEPT - 1; number >= 1; number--) renameIfThere(name(number), name(number + 1));
  renameIfThere(`${folder}/app.log`, `${folder}/app.log.1`);
  compressIfThere(`${folder}/app.log.1`, name(1));
}

/** A copy of what is there so far; the log itself goes on. */
function backUp(folder: string, count: number): void {
  Deno.copyFileSync(`${folder}/app.log`, `${folder}/app.log.bak-${count}`);
  removeIfThere(`${folder}/app.log.bak-${count - KEPT}`);
}

function copyAndTruncate(folder: string): void {
  const name = (number: number) => `${folder}/app.log.${number}`;
  removeIfThere(name(KEPT));
  for (let number = KEPT - 1; number >= 1; number--) renameIfThere(name(number), name(number + 1));
  Deno.copyFileSync(`${folder}/app.log`, name(1));
  Deno.truncateSync(`${folder}/app.log`, 0);
}

/** `app.log` is a link; its target is another file from now on. */
function relink(folder: string, count: number): void {
  Deno.writeTextFileSync(`${folder}/target-${count + 1}.txt`, "");
  removeIfThere(`${folder}/next`);
  Deno.symlinkSync(`target-${count + 1}.txt`, `${folder}/next`);
  Deno.renameSync(`${folder}/next`, `${folder}/app.log`);
  removeIfThere(`${folder}/target-${count - KEPT}.txt`);
}

function dateOf(count: number): string {
  const day = new Date(Date.UTC(2026, 0, 1) + count * 86_400_000);
  return day.toISOString().slice(0, 10).replaceAll("-", "");
}

function compressIfThere(from: string, to: string): void {
  try {
    Deno.writeFileSync(`${to}.tmp`, gzipSync(Deno.readFileSync(from)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  Deno.renameSync(`${to}.tmp`, to);
  Deno.removeSync(from);
}

function renameIfThere(from: string, to: string): void {
  ifThere(() => Deno.renameSync(from, to));
}

function removeIfThere(path: string): void {
  ifThere(() => Deno.removeSync(path));
}

function ifThere(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
