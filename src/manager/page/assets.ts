/**
 * Scripts, styles and pictures of the page. They are part of the program, also of the compiled one, and are served under names that
 * hold a hash of what is in them: a browser keeps them for ever, and asks for a new one after an upgrade.
 *
 * @module
 */

import { createHash } from "node:crypto";
import htmxScript from "htmx.org/dist/htmx.min.js" with { type: "text" };
import liveScript from "htmx.org/dist/ext/hx-sse.min.js" with { type: "text" };
import plotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import plotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import icon from "./assets/icon.svg" with { type: "text" };
import ownScript from "./assets/page.js" with { type: "text" };
import ownStyle from "./assets/page.css" with { type: "text" };

/** Where the assets are, before their names. */
const FOLDER = "/page/assets/";

/** A file as it is served. */
interface Asset {
  type: string;
  text: string;
}

const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

/** In one file: htmx looks at the document as soon as it can, and an extension that comes later than that is never asked. */
const PAGE_SCRIPT = [htmxScript, liveScript, ownScript].join(";\n");

const SOURCES = {
  plot: [plotScript, SCRIPT, "js"],
  plotStyle: [plotStyle, STYLE, "css"],
  icon: [icon, "image/svg+xml", "svg"],
  page: [PAGE_SCRIPT, SCRIPT, "js"],
  pageStyle: [ownStyle, STYLE, "css"],
} as const;

/** What there is. */
type AssetName = keyof typeof SOURCES;

const NAMES = Object.fromEntries(
  Object.entries(SOURCES).map(([name, [text, , suffix]]) => [
    name,
    `${name}.${createHash("sha256").update(text).digest("hex").slice(0, 12)}.${suffix}`,
  ]),
) as Record<AssetName, string>;

const BY_NAME: ReadonlyMap<string, Asset> = new Map(
  Object.entries(SOURCES).map(([name, [text, type]]) => [
    NAMES[name as AssetName],
    { text, type },
  ]),
);

/** The path of an asset. */
export function pathOf(name: AssetName): string {
  return `${FOLDER}${NAMES[name]}`;
}

/** The asset of this name; `undefined` for another version of it too. */
export function findAsset(name: string): Asset | undefined {
  return BY_NAME.get(name);
}
