/**
 * What a Linux distribution says of itself: `/etc/os-release`, see os-release(5).
 *
 * @module
 */

/** An operating system; what is left out is not known. */
export interface OsFacts {
  name: string;
  /** The whole name, as people read it. */
  full?: string | undefined;
  /** The distribution in one lower-case word. */
  platform?: string | undefined;
  version?: string | undefined;
  codename?: string | undefined;
  build?: string | undefined;
}

/** Reads the file. `debianVersion` is the text of `/etc/debian_version`, which alone knows the point release. */
export function parseOs(osRelease: string, debianVersion = ""): OsFacts {
  const values = new Map<string, string>();
  for (const [, key = "", value = ""] of osRelease.matchAll(/^[ \t]*([A-Z_]+)=(.*?)[ \t\r]*$/gm)) {
    values.set(key, unquoted(value));
  }
  const platform = values.get("ID") || undefined;
  const version = values.get("VERSION_ID") || undefined;
  return {
    name: values.get("NAME") || platform || "Linux",
    full: values.get("PRETTY_NAME") || undefined,
    platform,
    version: pointRelease({ platform, version, debianVersion }) ?? values.get("BUILD_ID"),
    codename: values.get("VERSION_CODENAME") || codenameIn(values.get("VERSION")),
    build: values.get("BUILD_ID") || undefined,
  };
}

/** The numbers of a version: `9.3` has a major and a minor, a rolling release has none. */
export function versionParts(version: string | undefined) {
  const [, major, minor, patch] = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version ?? "") ?? [];
  return { major: major ?? null, minor: minor ?? null, patch: patch ?? null };
}

function pointRelease({ platform, version, debianVersion }: {
  platform: string | undefined;
  version: string | undefined;
  debianVersion: string;
}): string | undefined {
  const point = debianVersion.trim();
  const isPointOf = platform === "debian" && version !== undefined &&
    /^\d+(\.\d+)*$/.test(point) && point.startsWith(`${version}.`);
  return isPointOf ? point : version;
}

/** `VERSION` may be `9.3 (Plow)` or `22.04.4 LTS (Jammy Jellyfish)`. */
function codenameIn(version: string | undefined): string | undefined {
  return /\(([^)]+)\)/.exec(version ?? "")?.[1];
}

function unquoted(value: string): string {
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(value);
  return (quoted?.[1] ?? quoted?.[2] ?? value).replace(/\\(["'$`\\])/g, "$1");
}
