import assert from "node:assert/strict";
import { isAboutCredentials } from "../../../../src/agent/comms/management/user_refusal.ts";

/** As servers of the family, their frameworks and what stands in front of them say it. */
const ABOUT_CREDENTIALS = [
  "",
  "no",
  "Unauthorized",
  "Forbidden",
  "Access denied",
  "Permission Denied",
  "401 Unauthorized",
  "Unauthorized: Invalid credentials",
  "Invalid credentials",
  "Bad credentials",
  "Wrong user or password",
  "Invalid username or password",
  "Incorrect password.",
  "The user name or password is incorrect",
  "User wazuh does not exist",
  "User not found",
  "Unknown user",
  "No such user: wazuh",
  "Login failed",
  "Invalid login",
  "Authentication failed",
  "Authentication failure",
  "Authentication credentials were not provided.",
  "Unauthorized: invalid authentication",
  "Could not be authenticated",
];

const ABOUT_SOMETHING_ELSE = [
  "Forbidden: addr locked",
  "IP blocked",
  "locked",
  "Forbidden: Limit of login attempts reached. The current IP has been blocked due to a high number of login attempts",
  "Too many failed login attempts",
  "Maximum number of requests per minute reached: too many requests of this user",
  "Forbidden: account locked for 10 minutes",
  "User account is disabled",
  "Password expired",
  "Your address is not in the list of trusted networks",
  "Access denied: this endpoint is not allowed from your network",
  "Couldn't connect to the indexer",
  "Permission Denied: Resource type: *:*",
  "The license does not cover another agent",
  "The server is under maintenance",
  "Service temporarily unavailable for all users",
  "Request blocked by security policy",
  "CSRF verification failed. Request aborted.",
];

Deno.test("isAboutCredentials() is true for what speaks of user and password, and for a bare status", () => {
  assert.deepEqual(ABOUT_CREDENTIALS.filter((said) => !isAboutCredentials(said)), []);
});

Deno.test("isAboutCredentials() is false when something else is in the way, whatever else is mentioned", () => {
  assert.deepEqual(ABOUT_SOMETHING_ELSE.filter(isAboutCredentials), []);
});
