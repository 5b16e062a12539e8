/** A paragraph of dpkg's database: an installed package of amd64; `more` are further fields, each with its newline. */
export function dpkgPackage(name: string, version: string, more = ""): string {
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\n` +
    `Version: ${version}\nInstalled-Size: 10\nDescription: the ${name}\n${more}\n`;
}
