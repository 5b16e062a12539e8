/**
 * Variables of a policy: names that begin with `$`, replaced as plain text.
 *
 * @module
 */

/** Replaces names by what they stand for. */
export class Variables {
  readonly #values: ReadonlyMap<string, string>;
  readonly #names: RegExp | undefined;

  /** @param values by name, each beginning with `$` */
  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
    // Of two names that both stand at a place the longer one is meant.
    const names = [...values.keys()].sort((one, other) => other.length - one.length);
    if (names.length > 0) {
      this.#names = new RegExp(names.map((name) => RegExp.escape(name)).join("|"), "g");
    }
  }

  /** The text with every name replaced, once: what comes in is not looked at again. */
  replace(text: string): string {
    if (this.#names === undefined) return text;
    return text.replace(this.#names, (name) => this.#values.get(name) ?? name);
  }
}
