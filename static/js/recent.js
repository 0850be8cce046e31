// The searches made last on this device, the newest first; they are kept in the browser and nowhere else, and go with a click.

const KEY = "portal:searches";
const MOST = 8;
const LONGEST = 200; // characters; longer ones are pasted lists

/** The queries; none where the browser keeps nothing for us. */
export function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(kept) ? kept.filter((query) => typeof query === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Keep a query as the newest. */
export function remember(query) {
  if (query === "" || query.length > LONGEST) return;
  keep([query, ...recent().filter((other) => other !== query)].slice(0, MOST));
}

/** Keep none any more. */
export function forget() {
  keep([]);
}

function keep(queries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(queries));
  } catch {
    // a browser that keeps nothing for us has no recent searches
  }
}
