/** The paths of a folder and everything below it, in the order of their code points. */
export function filesBelow(folder: string): string[] {
  const entries = [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesBelow(path) : [path];
  });
  return [folder, ...entries].sort();
}
