// The searches made last on this device, the newest first; they are kept in the browser and nowhere else, and go with a click.

import { keep, kept } from "./dom.js";

const KEY = "portal:searches";
const MOST = 8;
const LONGEST = 200; // characters; longer ones are pasted lists

/** The queries; none where the browser keeps nothing for us, or something else under our name. */
export function recent() {
  try {
    const queries = JSON.parse(kept(KEY));
    return Array.isArray(queries) ? queries.filter((query) => typeof query === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Keep a query as the newest. */
export function remember(query) {
  if (query === "" || query.length > LONGEST) return;
  keep(KEY, JSON.stringify([query, ...recent().filter((other) => other !== query)].slice(0, MOST)));
}

/** Keep none any more. */
export function forget() {
  keep(KEY, null);
}
