// The live list: asks every few seconds for what has come, keeps its order, and follows the end only while the reader is there.

import { $, $$, announce, element, text } from "./dom.js";

const EVERY = 2_500; // ms between two looks
const SLOWEST = 60_000; // ms, while the server does not answer
const QUIET = 10_000; // ms between two announcements
const MOST = 1_000; // rows that are kept
const NEAR = 80; // px from the end that still count as the end

let wait = EVERY;
let timer;
let unread = 0;
let unsaid = 0;
let lastSaid = 0;
let known = new Set();
let following = false;

const tail = () => $("#tail");
const events = () => $$("#rows .event");
const time = (row) => Date.parse($("time", row).dateTime);
const atEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - NEAR;

function plan(after = wait) {
  clearTimeout(timer);
  if (tail() && !document.hidden) timer = setTimeout(look, after);
}

async function look() {
  const rows = events();
  const asked = new URLSearchParams(location.search);
  asked.delete("open");
  asked.set("since", rows.length ? time(rows[0]) : 0);
  asked.set("count", rows.length);
  asked.set("number", rows.at(-1)?.id.replace("row-", "") ?? 0);
  known = new Set(rows.map((row) => $(".caret", row).value));
  following = atEnd() && !$("#rows .open");
  await window.htmx.ajax("GET", `/events?${asked}`, { source: tail(), target: tail(), swap: "beforebegin", silent: true });
  plan();
}

const ofTail = (ctx) => ctx.sourceElement?.id === "tail";

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  if (ofTail(ctx)) wait = ctx.response?.status < 400 ? EVERY : Math.min(wait * 2, SLOWEST);
});

document.addEventListener("htmx:after:swap", (event) => {
  if (!ofTail(event.detail.ctx) || !tail()) return;
  const came = events().filter((row) => !known.has($(".caret", row).value));
  const twice = events().slice(known.size).filter((row) => !came.includes(row));
  twice.forEach((row) => row.remove());
  came.forEach(sorted);
  const surplus = following ? events().slice(0, -MOST) : [];
  for (const row of surplus) {
    if (row.nextElementSibling.matches(".details")) row.nextElementSibling.remove();
    row.remove();
  }
  if (came.length) tell(came.length);
});

// The count above the list is of the whole search, and rises with it.
document.addEventListener("live-total", ({ detail }) => {
  for (const place of $$("#total, .events caption")) place.textContent = detail.words;
});

/** Move a row that came late to where its time belongs. */
function sorted(row) {
  let before = row.previousElementSibling;
  while (before && (!before.matches(".event") || time(before) > time(row))) before = before.previousElementSibling;
  const next = before ? before.nextElementSibling : events()[0];
  const after = next?.matches(".details") ? next.nextElementSibling : next;
  if (after !== row) after.before(row);
}

function tell(number) {
  unsaid += number;
  if (Date.now() - lastSaid > QUIET) {
    announce(text("came", { number: unsaid }));
    unsaid = 0;
    lastSaid = Date.now();
  }
  if (following) toEnd();
  else pill(unread + number);
}

function toEnd() {
  scrollTo(0, document.documentElement.scrollHeight);
  pill(0);
}

/** Say how many came while the reader was elsewhere; none takes it away. */
function pill(number) {
  unread = number;
  $(".pill")?.remove();
  if (!number) return;
  const words = `${text("new", { number })} \u2193`;
  $("main").append(element("button", { type: "button", className: "button primary pill", textContent: words, onclick: toEnd }));
}

function start() {
  pill(0);
  wait = EVERY;
  const button = $("#live");
  button?.setAttribute("aria-pressed", String(Boolean(tail())));
  $("#to-open").classList.toggle("live", Boolean(tail()));
  if (tail()) toEnd();
  plan();
}

// Off is a pause: what is shown stays, and the address says that it is an ordinary list again.
document.addEventListener("submit", (event) => {
  if (event.target.id !== "toggle-live" || !tail()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  tail().remove();
  const address = new URL(location.href);
  address.searchParams.delete("live");
  history.replaceState(history.state, "", address);
  for (const field of $$("[name=live][form=filters]")) field.remove();
  event.target.append(element("input", { type: "hidden", name: "live", value: "1" }));
  start();
}, true);

document.addEventListener("scroll", () => { if (unread && atEnd()) pill(0); }, { passive: true });
document.addEventListener("visibilitychange", () => plan(0));
document.addEventListener("portal:results", start);
start();
