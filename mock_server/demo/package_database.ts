/**
 * A small machine made for the demo: the database of dpkg below a folder, to which a package is added.
 *
 * @module
 */

/** The database of dpkg at `var/lib/dpkg/status` below a folder. */
export class PackageDatabase {
  /** For `inventory.root`. */
  readonly root: string;
  #packages: string[] = [];

  constructor(root: string) {
    this.root = root;
    Deno.mkdirSync(`${root}/var/lib/dpkg`, { recursive: true });
  }

  /** Adds a package as dpkg does: the new database takes the place of the old one. */
  add(name: string, version: string): void {
    this.#packages.push(
      `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nVersion: ${version}\n`,
    );
    const path = `${this.root}/var/lib/dpkg/status`;
    Deno.writeTextFileSync(`${path}-new`, this.#packages.join("\n"));
    Deno.renameSync(`${path}-new`, path);
  }
}
