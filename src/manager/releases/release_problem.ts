/** What a request about releases can be wrong with. */
export type ReleaseProblemKind =
  | "wrong_name"
  | "wrong_manifest"
  | "too_large"
  | "empty"
  | "no_room"
  | "busy";

/** A request about releases that cannot be done; the message is for whoever asked. */
export class ReleaseProblem extends Error {
  override readonly name = "ReleaseProblem";
  readonly kind: ReleaseProblemKind;

  constructor(kind: ReleaseProblemKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
