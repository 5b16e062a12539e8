/**
 * The form to log in by, and what is shown when something is refused.
 *
 * @module
 */

import { ROUTES } from "../http/routes.ts";
import { pathOf } from "./assets.ts";
import { plainPage } from "./layout.tsx";

/** What the form is shown with. */
interface LogInOptions {
  /** Where to go then. */
  next: string;
  /** Why the try before it failed. */
  problem?: string;
}

/** The form. */
export function logInPage({ next, problem }: LogInOptions) {
  return plainPage({
    title: "Log in",
    children: (
      <form class="log-in" method="post" action={ROUTES.pageLogIn.path}>
        <h1>
          <img src={pathOf("icon")} alt="" width="36" height="36" />Manager
        </h1>
        {problem === undefined ? null : <p class="problem" role="alert">{problem}</p>}
        <input type="hidden" name="next" value={next} />
        <label>
          User<input name="user" autocomplete="username" required autofocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit">Log in</button>
      </form>
    ),
  });
}

/** What went wrong, and where to go on. */
export function problemPage({ status, message }: { status: number; message: string }) {
  return plainPage({
    title: message,
    children: (
      <section class="log-in">
        <h1>{status}</h1>
        <p class="problem" role="alert">{message}</p>
        <a href={ROUTES.pageFleet.path}>To the fleet</a>
      </section>
    ),
  });
}

/** A path of this page, whatever was asked for: nobody is sent to another site, and a header can hold what is given. */
export function safeNext(text: string | null | undefined): string {
  const base = "https://page.invalid";
  const url = URL.parse(text ?? "", base);
  // Parsing encodes or leaves out what no header and no path may hold, such as the end of a line.
  return url !== null && url.origin === base && /^\/page\/[\w\-/]*$/.test(url.pathname)
    ? `${url.pathname}${url.search}`
    : ROUTES.pageFleet.path;
}
