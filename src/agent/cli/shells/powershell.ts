/**
 * Completions for PowerShell, from 5.1 on.
 *
 * @module
 */

import { allCommands, type CommandNode, type OptionNode } from "./command_tree.ts";

/** A script for `$PROFILE`, or to be dot-sourced from it. */
export function powershellCompletion(program: CommandNode): string {
  const { name } = program;
  const commands = allCommands(program);
  return `# PowerShell completion for ${name}. Made by: ${name} completions powershell
Register-ArgumentCompleter -Native -CommandName @('${name}', '${name}.exe') -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # What may follow each command: the word, and what it means.
    $words = @{
${commands.map(wordsOf).join("\n")}
    }
    # The options that take a value, and the values there are; an empty list leaves it to the shell.
    $values = @{
${commands.flatMap(valuesOf).join("\n")}
    }

    $path = '${name}'
    $before = ''
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.ToString()
        if ($words.ContainsKey("$path $word") -and -not $values.ContainsKey("$path $before")) {
            $path = "$path $word"
        }
        $before = $word
    }

    if ($values.ContainsKey("$path $before")) {
        $values["$path $before"] | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
        }
        return
    }
    $words[$path] | Where-Object { $_[0] -like "$wordToComplete*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
    }
}
`;
}

function wordsOf({ path, commands, options, arguments: args }: CommandNode): string {
  const pairs = [
    ...commands.map(({ name, about }) => pair(name, about)),
    ...options.flatMap(({ names, about }) => names.map((name) => pair(name, about))),
    ...args.flatMap(({ choices, about }) => choices.map((choice) => pair(choice, about))),
  ];
  return `        ${quoted(path)} = @(\n${pairs.join("\n")}\n        )`;
}

/** The comma keeps a pair together; the shell refuses a completion without a meaning. */
function pair(word: string, about: string): string {
  return `            , @(${quoted(word)}, ${quoted(about === "" ? word : about)})`;
}

function valuesOf({ path, options }: CommandNode): string[] {
  return options.flatMap(({ names, value }: OptionNode) =>
    value === undefined
      ? []
      : names.map((name) =>
        `        ${quoted(`${path} ${name}`)} = @(${value.choices.map(quoted).join(", ")})`
      )
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
