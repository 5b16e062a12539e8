import { visible } from "../../shared/text.ts";

/** A warning as its own line of standard error, whatever is in it. */
export function warningLine(text: string): string {
  return `Warning: ${visible(text)}\n`;
}
