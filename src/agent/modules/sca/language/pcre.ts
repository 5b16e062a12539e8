/**
 * Patterns as PCRE2 reads them, for the engine of JavaScript.
 *
 * A pattern is read piece by piece and written anew in the strict form of JavaScript (flag `u`), in which nothing means something else
 * than it looks like: `[]a]`, `[[:space:]]`, `\h` or `\A` would mean other things or nothing there. What PCRE2 refuses is refused too, as is
 * the little that JavaScript cannot do. Patterns look at one line at a time. One difference is left: a reference to a group that took no
 * part (`(a)?b\1`) fits the empty text here, and nothing there.
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";
import {
  CHARACTERS,
  CLASSES,
  codePoint,
  complementOf,
  LINE_END,
  literal,
  NOT_LINE_END,
  POSIX,
} from "./pcre_characters.ts";
import { noRange, OLD_ENGINE, PatternError, unknownEscape } from "./pattern_error.ts";

/** Escapes that stand for a place; on one line `^` is the begin of the subject. */
const PLACES: Readonly<Record<string, string>> = {
  A: "^",
  z: "$",
  Z: "$",
  G: "^",
  b: String.raw`\b`,
  B: String.raw`\B`,
};

const GROUP_START =
  /^\((?:\?(?:(?<plain>[:=!]|<[=!])|P?<(?<name>[A-Za-z_]\w*)>|'(?<quoted>[A-Za-z_]\w*)'|P=(?<back>[A-Za-z_]\w*)\)|(?<comment>#[^)]*\))|(?<flags>[a-zA-Z^-]*)(?<flagsEnd>[):])))?/;
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})/;

/**
 * Compiles a pattern; upper and lower case are the same.
 *
 * @throws {PatternError}
 */
export function compilePattern(pattern: string): RegExp {
  const source = new Translation(pattern).run();
  try {
    return new RegExp(source, "iu");
  } catch (error) {
    throw new PatternError(messageOf(error).replace(/^.*: /, ""));
  }
}

/** One pattern on its way. */
class Translation {
  readonly #pattern: string;
  readonly #open: number[] = [];
  readonly #groups: number;
  /** Groups that find something and have begun. */
  #begun = 0;
  #at = 0;
  #out = "";
  /** Whether a quantifier may follow. */
  #isRepeatable = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#groups = countGroups(pattern);
  }

  run(): string {
    while (this.#at < this.#pattern.length) this.#step();
    if (this.#open.length > 0) throw new PatternError('"(" is never closed');
    return this.#out;
  }

  get #rest(): string {
    return this.#pattern.slice(this.#at);
  }

  #step(): void {
    const quantifier = QUANTIFIER.exec(this.#rest)?.[0];
    if (quantifier !== undefined) return this.#quantify(quantifier);
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    switch (character) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#class();
      case "(":
        return this.#group();
      case ")":
        return this.#close();
      case "|":
        return this.#put("|", 1, false);
      case "^":
      case "$":
        return this.#put(character, 1, false);
      case ".":
        return this.#put(NOT_LINE_END, 1);
      default:
        return this.#put(literal(character), character.length);
    }
  }

  #put(text: string, length: number, isRepeatable = true): void {
    this.#out += text;
    this.#at += length;
    this.#isRepeatable = isRepeatable;
  }

  #quantify(quantifier: string): void {
    if (!this.#isRepeatable) {
      throw new PatternError(`"${quantifier}" follows nothing that can be repeated; ${OLD_ENGINE}`);
    }
    const [, least, most] = /^\{(\d+),(\d+)\}$/.exec(quantifier) ?? [];
    if (least !== undefined && Number(least) > Number(most)) {
      throw new PatternError(`"${quantifier}" has its numbers out of order`);
    }
    const next = this.#pattern[this.#at + quantifier.length];
    if (next === "+") {
      throw new PatternError(`"${quantifier}+" (possessive) is not known here; leave out the "+"`);
    }
    this.#put(next === "?" ? `${quantifier}?` : quantifier, quantifier.length, false);
    if (next === "?") this.#at++;
  }

  #escape(): void {
    const letter = this.#pattern[this.#at + 1];
    if (letter === undefined) throw new PatternError('a "\\" at the end stands for nothing');
    const place = PLACES[letter];
    if (place !== undefined) return this.#put(place, 2, false);
    if (letter === "Q") return this.#quoted();
    if (letter === "E") return void (this.#at += 2);
    if (letter === "R") return this.#put(LINE_END, 2);
    if (letter === "N" && this.#pattern[this.#at + 2] !== "{") return this.#put(NOT_LINE_END, 2);
    const reference = this.#reference();
    if (reference !== undefined) return this.#put(...reference);
    const set = this.#setEscape();
    if (set !== undefined) return this.#put(`[${set.isNegated ? "^" : ""}${set.inside}]`, 2);
    const property = this.#property();
    if (property !== undefined) return this.#put(property.written, property.length);
    const [code, length] = this.#characterEscape();
    this.#put(codePoint(code), length);
  }

  /** `\1`, `\g{1}`, `\g1`, `\k<name>` …: what a group has found. */
  #reference(): [text: string, length: number] | undefined {
    const found = /^\\(?:([1-9]\d?)|g(?:(\d+)|\{(\d+)\}))/.exec(this.#rest);
    const number = Number(found?.[1] ?? found?.[2] ?? found?.[3]);
    if (found !== null && !(found[1] !== undefined && isOctal(found[1], this.#groups))) {
      if (number === 0 || number > this.#groups) {
        throw new PatternError(`"${found[0]}" names a group that is not there`);
      }
      return [`(?:\\${number})`, found[0].length];
    }
    const relative = this.#relativeReference();
    if (relative !== undefined) return relative;
    const [text = "", name] = /^\\(?:k|g)[<{']([A-Za-z_]\w*)[>}']/.exec(this.#rest) ?? [];
    return name === undefined ? undefined : [`\\k<${name}>`, text.length];
  }

  /** `\g{-1}`: the group that began last. */
  #relativeReference(): [text: string, length: number] | undefined {
    const [text = "", plain, braced] = /^\\g(?:-(\d+)|\{-(\d+)\})/.exec(this.#rest) ?? [];
    if (text === "") return undefined;
    const number = this.#begun + 1 - Number(plain ?? braced);
    if (number < 1 || number > this.#begun) {
      throw new PatternError(`"${text}" names a group that is not there`);
    }
    return [`(?:\\${number})`, text.length];
  }

  #setEscape(): { inside: string; isNegated: boolean } | undefined {
    const letter = this.#pattern[this.#at + 1] ?? "";
    const inside = CLASSES[letter.toLowerCase()];
    return inside === undefined
      ? undefined
      : { inside, isNegated: letter !== letter.toLowerCase() };
  }

  /** `\p{L}`, `\pL`, `\p{^L}`, `\p{Greek}`. */
  #property(): { written: string; length: number } | undefined {
    const [whole, letter, not, braced, short] =
      /^\\([pP])(?:\{(\^?)([A-Za-z_&]+)\}|([CLMNPSZ]))/.exec(this.#rest) ?? [];
    const name = braced ?? short;
    if (whole === undefined || name === undefined) return undefined;
    const isNegated = (letter === "P") !== (not === "^");
    const property = name.length > 2 ? `Script=${name}` : name;
    return { written: `\\${isNegated ? "P" : "p"}{${property}}`, length: whole.length };
  }

  /** An escape that stands for one character, and how long it is. */
  #characterEscape(): [code: number, length: number] {
    const letter = this.#pattern[this.#at + 1] ?? "";
    const known = CHARACTERS[letter];
    if (known !== undefined) return [known, 2];
    const [hex, braced, digits] = /^\\x(?:\{([\da-fA-F]{1,6})\}|([\da-fA-F]{0,2}))/
      .exec(this.#rest) ?? [];
    if (hex !== undefined) {
      return [checkedCode(parseInt(braced ?? (digits || "0"), 16)), hex.length];
    }
    const [octal, long, short] = /^\\(?:o\{([0-7]{1,7})\}|([0-7]{1,3}))/.exec(this.#rest) ?? [];
    if (octal !== undefined) return [checkedCode(parseInt(long ?? short ?? "0", 8)), octal.length];
    const [control, key] = /^\\c([\x20-\x7e])/.exec(this.#rest) ?? [];
    if (control !== undefined && key !== undefined) {
      return [key.toUpperCase().charCodeAt(0) ^ 0x40, control.length];
    }
    if (/[A-Za-z0-9]/.test(letter)) throw new PatternError(unknownEscape(letter));
    const code = this.#pattern.codePointAt(this.#at + 1) ?? 0;
    return [code, 1 + String.fromCodePoint(code).length];
  }

  /** Between `\Q` and `\E` everything stands for itself. */
  #quoted(): void {
    const end = this.#pattern.indexOf("\\E", this.#at + 2);
    const text = this.#pattern.slice(this.#at + 2, end === -1 ? undefined : end);
    const length = text.length + 2 + (end === -1 ? 0 : 2);
    this.#put([...text].map(literal).join(""), length, text !== "" || this.#isRepeatable);
  }

  #group(): void {
    const match = GROUP_START.exec(this.#rest);
    const text = match?.[0] ?? "(";
    const { plain, name, quoted, back, comment, flags, flagsEnd } = match?.groups ?? {};
    if (comment !== undefined) return void (this.#at += text.length);
    if (back !== undefined) return this.#put(`(?:\\k<${back}>)`, text.length);
    if (flags !== undefined) return this.#flags(text, flags, flagsEnd ?? ")");
    const named = name ?? quoted;
    if (text === "(" && /^\((?:\?|\*)/.test(this.#rest)) {
      throw new PatternError(`"${this.#rest.slice(0, 3)}" begins a group that is not known here`);
    }
    if (plain === undefined) this.#begun++;
    this.#openGroup(named !== undefined ? `(?<${named}>` : plain !== undefined ? text : "(", text);
  }

  /** Flags: case never matters, and of one line the others change nothing that is known here. */
  #flags(text: string, flags: string, end: string): void {
    if (!/^[ims]*$/.test(flags)) {
      throw new PatternError(
        `"${text}" sets what is not known here; only (?i) is, and is always so`,
      );
    }
    if (end === ":") return this.#openGroup("(?:", text);
    this.#put("", text.length, false);
  }

  #openGroup(written: string, read: string): void {
    this.#open.push(this.#at);
    this.#put(written, read.length, false);
  }

  #close(): void {
    if (this.#open.pop() === undefined) throw new PatternError('")" closes nothing');
    this.#put(")", 1);
  }

  /** `[…]`: a `]` at its begin stands for itself, a `[` within it too. */
  #class(): void {
    const [outside] = /^\[[:.=]\^?[a-z]+[:.=]\]/.exec(this.#rest) ?? [];
    if (outside !== undefined) {
      throw new PatternError(`"${outside}" is known within brackets only; write "[${outside}]"`);
    }
    const isNegated = this.#pattern[this.#at + 1] === "^";
    this.#at += isNegated ? 2 : 1;
    let inside = "";
    for (let isFirst = true;; isFirst = false) {
      const character = this.#pattern[this.#at];
      if (character === undefined) throw new PatternError('"[" is never closed');
      if (character === "]" && !isFirst) break;
      inside += this.#classPart();
    }
    this.#put(`[${isNegated ? "^" : ""}${inside}]`, 1);
  }

  /** A set, a character, or a range of characters. */
  #classPart(): string {
    const set = this.#classSet();
    if (set !== undefined) {
      if (this.#pattern[this.#at] === "-" && !this.#isClassEnd(this.#at + 1)) throw noRange();
      return set;
    }
    const first = this.#classCharacter();
    if (this.#pattern[this.#at] !== "-" || this.#isClassEnd(this.#at + 1)) return codePoint(first);
    this.#at++;
    if (this.#classSet() !== undefined) throw noRange();
    const last = this.#classCharacter();
    if (last < first) throw new PatternError("a range in [ ] is out of order");
    return `${codePoint(first)}-${codePoint(last)}`;
  }

  #isClassEnd(at: number): boolean {
    return this.#pattern[at] === "]" || this.#pattern[at] === undefined;
  }

  /** `[:alpha:]`, `\d` …: characters by their kind. */
  #classSet(): string | undefined {
    const [posix, not, name = ""] = /^\[:(\^?)([a-z]+):\]/.exec(this.#rest) ?? [];
    if (posix !== undefined) {
      const inside = POSIX[name];
      if (inside === undefined) throw new PatternError(`"${posix}" is no class of characters`);
      this.#at += posix.length;
      return not === "^" ? complementOf(inside) : inside;
    }
    const [collating] = /^\[([.=])[^\]]*\1\]/.exec(this.#rest) ?? [];
    if (collating !== undefined) throw new PatternError(`"${collating}" is not known here`);
    if (this.#pattern[this.#at] !== "\\") return undefined;
    const property = this.#property();
    const set = this.#setEscape();
    this.#at += property?.length ?? (set === undefined ? 0 : 2);
    if (property !== undefined) return property.written;
    return set?.isNegated ? complementOf(set.inside) : set?.inside;
  }

  #classCharacter(): number {
    if (this.#pattern[this.#at] !== "\\") {
      const code = this.#pattern.codePointAt(this.#at) ?? 0;
      this.#at += String.fromCodePoint(code).length;
      return code;
    }
    const letter = this.#pattern[this.#at + 1];
    if (letter === undefined) throw new PatternError('"[" is never closed');
    const [code, length] = letter === "b" ? [8, 2] as const : this.#characterEscape();
    this.#at += length;
    return code;
  }
}

/** Groups that find something, as `\1` counts them. */
function countGroups(pattern: string): number {
  const bare = pattern.replace(/\\Q.*?(?:\\E|$)|\\./gsu, "").replace(
    /\[\^?\]?(?:\[:\^?[a-z]+:\]|[^\]])*\]/g,
    "",
  );
  return [...bare.matchAll(/\((?:\?(?:P?<(?![=!])|')|(?![?*]))/g)].length;
}

/** Two digits that are no group are the code of a character, as long as they can be. */
function isOctal(digits: string, groups: number): boolean {
  return digits.length > 1 && Number(digits) > groups && /^[0-7]+$/.test(digits);
}

function checkedCode(code: number): number {
  if (code > 0x10ffff) throw new PatternError("a character has too large a number");
  return code;
}
