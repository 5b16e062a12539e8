/**
 * What each platform is called by those who build, pack and download.
 *
 * @module
 */

import { AgentError } from "../../src/shared/errors.ts";

/** Ways to pack an executable. */
export type Format = "deb" | "rpm" | "tar.gz" | "zip";

/** One platform. */
export interface PlatformNames {
  /** As `deno compile --target` calls it. */
  target: string;
  /** In the names of archives. */
  label: string;
  system: "linux" | "macos" | "windows";
  /** Architecture in the words of Debian, and of RPM; only for Linux. */
  deb?: string;
  rpm?: string;
  /** What can be made for it. */
  formats: readonly Format[];
}

/** The platforms that there are releases for. */
export const PLATFORMS: readonly PlatformNames[] = [
  {
    target: "x86_64-unknown-linux-gnu",
    label: "linux-x64",
    system: "linux",
    deb: "amd64",
    rpm: "x86_64",
    formats: ["deb", "rpm", "tar.gz"],
  },
  {
    target: "aarch64-unknown-linux-gnu",
    label: "linux-arm64",
    system: "linux",
    deb: "arm64",
    rpm: "aarch64",
    formats: ["deb", "rpm", "tar.gz"],
  },
  { target: "x86_64-apple-darwin", label: "macos-x64", system: "macos", formats: ["tar.gz"] },
  { target: "aarch64-apple-darwin", label: "macos-arm64", system: "macos", formats: ["tar.gz"] },
  { target: "x86_64-pc-windows-msvc", label: "windows-x64", system: "windows", formats: ["zip"] },
];

/**
 * The platform that `deno compile` calls `target`.
 *
 * @throws {AgentError} `usage` when there are no releases for it
 */
export function platformOf(target: string): PlatformNames {
  const found = PLATFORMS.find((platform) => platform.target === target);
  if (found !== undefined) return found;
  throw new AgentError("usage", `Cannot package for "${target}"`, {
    hint: `use one of ${PLATFORMS.map((platform) => platform.target).join(", ")}`,
  });
}
