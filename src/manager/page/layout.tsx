/**
 * What every view stands in: head, navigation, and the counts of the whole fleet.
 *
 * @module
 */

import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { HtmlEscapedString } from "hono/utils/html";
import { ROUTES } from "../http/routes.ts";
import { pathOf } from "./assets.ts";
import { Standing } from "./counts_bar.tsx";
import type { FleetCounts } from "./fleet_counts.ts";

/**
 * Indicators would be styles of elements; what is refused is not shown in the place of a list; what somebody has opened stays open when
 * a view is put in the place of an older one.
 */
const HTMX_CONFIG = JSON.stringify({
  includeIndicatorCSS: false,
  noSwap: [204, 304, "4xx", "5xx"],
  morphIgnore: ["data-htmx-powered", "open"],
  extensions: "sse",
});

const VIEWS = [
  ["Fleet", ROUTES.pageFleet.path],
  ["Orders", ROUTES.pageOrders.path],
  ["Flow", ROUTES.pageFlow.path],
  ["Nodes", ROUTES.pageNodes.path],
] as const;

/** Name of a view in the navigation. */
type ViewName = (typeof VIEWS)[number][0];

/** What a view is shown with. */
export interface ShellOptions {
  title: string;
  view: ViewName;
  user: string;
  counts: FleetCounts;
  /** What keeps the manager from a part of its work. */
  troubles: readonly string[];
  /** Scripts of this view only. */
  plots?: boolean;
  children: Child;
}

type Page = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A whole page of somebody who is logged in. */
export function shell(
  { title, view, user, counts, troubles, plots = false, children }: ShellOptions,
): Page {
  return documentOf(
    <>
      <Head title={title} live plots={plots} />
      <body>
        <a class="skip" href="#main">To the content</a>
        <header class="top">
          <a class="brand" href={ROUTES.pageFleet.path}>
            <img src={pathOf("icon")} alt="" width="24" height="24" />Manager
          </a>
          <Navigation current={view} />
          <form method="post" action={ROUTES.pageLogOut.path}>
            <span id="pulse" class="pill active" title="Keeps itself up to date" hidden>Live</span>
            <span class="who">{user}</span>
            <button type="submit">Log out</button>
          </form>
        </header>
        <p id="banner" role="status" hidden></p>
        <div id="standing">
          <Standing counts={counts} troubles={troubles} />
        </div>
        <div
          id="live"
          hx-sse:connect={ROUTES.pageLive.path}
          hx-trigger="load, again"
          hx-target="#standing"
          hx-swap="innerMorph"
        >
        </div>
        <main id="main" tabindex={-1}>{children}</main>
      </body>
    </>,
  );
}

/** A page of somebody who is not logged in, or of something that went wrong. */
export function plainPage({ title, children }: { title: string; children: Child }): Page {
  return documentOf(
    <>
      <Head title={title} />
      <body class="plain">
        <main id="main">{children}</main>
      </body>
    </>,
  );
}

function Head(
  { title, live = false, plots = false }: { title: string; live?: boolean; plots?: boolean },
) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${title} · Manager`}</title>
      <link rel="icon" href={pathOf("icon")} type="image/svg+xml" />
      {plots ? <link rel="stylesheet" href={pathOf("plotStyle")} /> : null}
      <link rel="stylesheet" href={pathOf("pageStyle")} />
      {live ? <LiveScripts plots={plots} /> : null}
    </head>
  );
}

function LiveScripts({ plots }: { plots: boolean }) {
  return (
    <>
      <meta name="htmx-config" content={HTMX_CONFIG} />
      {plots ? <script defer src={pathOf("plot")}></script> : null}
      <script defer src={pathOf("page")}></script>
    </>
  );
}

function Navigation({ current }: { current: ViewName }) {
  return (
    <nav class="views" aria-label="Views">
      {VIEWS.map(([name, path]) => (
        <a href={path} aria-current={name === current ? "page" : undefined}>{name}</a>
      ))}
    </nav>
  );
}

function documentOf(content: Child): Page {
  return html`<!DOCTYPE html>${<html lang="en">{content}</html>}`;
}
