/**
 * `${NAME}` in a text of the configuration file stands for an environment variable; `$${` stands
 * for `${`.
 *
 * @module
 */

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text with its variables put in, or what is wrong with it. */
type Expansion =
  | { text: string; expanded: boolean }
  | { problem: string };

/** Puts in every `${NAME}` of `text`; without `env` there must be none. */
export function expand(text: string, env: Environment | undefined): Expansion {
  let problem: string | undefined;
  let expanded = false;
  const result = text.replace(/\$\$\{|\$\{([^}]*)\}?/g, (found, name: string | undefined) => {
    if (name === undefined) return "${";
    expanded = true;
    problem ??= env === undefined ? NO_VARIABLES : check(found, name, env);
    return env?.[name] ?? "";
  });
  return problem === undefined ? { text: result, expanded } : { problem };
}

const NO_VARIABLES = "must not name an environment variable here; write $${ for a plain ${";

function check(found: string, name: string, env: Environment): string | undefined {
  if (!found.endsWith("}") || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return "must be ${NAME} with the name of an environment variable; write $${ for a plain ${";
  }
  if (env[name] !== undefined) return undefined;
  return `must name an environment variable that is set: ${name} is not`;
}
