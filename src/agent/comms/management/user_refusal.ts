/**
 * Whether a refused log-in of a user is about the user and the password, or about something else. Servers of this family answer 401
 * and 403 to both; what they say tells.
 *
 * @module
 */

/** Names of statuses, which frameworks put in front of what they mean. */
const STATUS_NAMES =
  /\b(?:40[13]|unauthori[sz]ed|forbidden|(?:permission|access) denied|bad request|error)\b[\s:.,!-]*/gi;

/** What is in the way of right credentials too. */
const OTHERWISE =
  /\b(?:ip|addr(?:ess)?(?:es)?|b(?:lock|ann?)ed|blacklist\w*|lock(?:ed|out)|limit\w*|too many|attempts|quota|licen[cs]e\w*|maintenance|unavailable|disabled|expired|suspended|network|read.?only|not allowed|no (?:permissions?|rights))\b/i;

/** Words about credentials. */
const CREDENTIALS =
  /pass(?:word|wd|phrase)|credential|\buser ?names?\b|\b(?:unknown|invalid|wrong|bad|no such|incorrect) (?:user|log.?in|account)|\b(?:user|account)\b.*\b(?:unknown|not found|not exist|invalid|wrong|incorrect)|(?:log.?in|log.?on|authentication)\b.*\b(?:fail|invalid|incorrect|wrong|required|error)|not (?:be )?authenticat|invalid authentication/i;

/** Whether a server that refuses a user with `said` (which may be nothing) means the user or the password. */
export function isAboutCredentials(said: string): boolean {
  const told = said.replace(STATUS_NAMES, "").trim();
  if (OTHERWISE.test(told)) return false;
  // A bare status, or a single word such as `no`: the protocol gives these statuses to wrong credentials.
  return !/\s/.test(told) || CREDENTIALS.test(told);
}
