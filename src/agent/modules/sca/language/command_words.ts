/**
 * How the command of a rule is split into a program and its arguments. There is no shell.
 *
 * @module
 */

/** What a command says. */
interface CommandWords {
  /** The program, then its arguments; empty when the command is. */
  words: readonly string[];
  /** True when a double quote is never closed; the last word is then the rest. */
  isUnclosed: boolean;
}

/** What a backslash takes the meaning from within double quotes, as in a shell; before anything else it stays. */
const ESCAPED_IN_QUOTES = new Set(['"', "\\", "$", "`"]);

/**
 * Splits at blanks. A double quote begins and ends a part in which blanks mean nothing, a backslash takes the next character as it is;
 * single quotes, pipes and everything else that only a shell knows are characters like others.
 */
export function splitCommand(command: string): CommandWords {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < command.length; at++) {
    const character = command[at] ?? "";
    const next = command[at + 1];
    if (character === "\\" && next !== undefined && (!isQuoted || ESCAPED_IN_QUOTES.has(next))) {
      word = (word ?? "") + next;
      at++;
    } else if (character === '"') {
      word ??= "";
      isQuoted = !isQuoted;
    } else if ((character === " " || character === "\t") && !isQuoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (word !== undefined) words.push(word);
  return { words, isUnclosed: isQuoted };
}
