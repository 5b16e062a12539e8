import { AgentError } from "../../../shared/errors.ts";

/**
 * The address of a management API as it is used.
 *
 * @throws {AgentError} `usage`
 */
export function checkManagementUrl(text: string): string {
  const url = URL.parse(text);
  const usable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "" && url.search === "" && url.hash === "";
  if (usable) return url.href.replace(/\/+$/, "");
  // The text is not repeated: it may hold a password.
  throw new AgentError("usage", "Cannot use --url: it must read https://HOST:PORT", {
    hint: "such as --url https://localhost:55000",
  });
}
