/** Who made a change, as far as the kernel said. */
export interface Actor {
  pid: number;
  /** Of the program; `null` when the process was gone before it could be looked at. */
  executable: string | null;
  name: string | null;
  /** Its arguments, secrets hidden. */
  commandLine: string | null;
  /** Number of the user that it runs as. */
  uid: number | null;
  /** Number and name of the user who logged in, whatever `sudo` made of that. */
  login: { uid: number; name: string | null } | null;
  parent: { pid: number; name: string | null } | null;
}
