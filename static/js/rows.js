// The rows of the list: their details are fetched once and then shown and hidden, by mouse and by keyboard; the next page comes along.

import { $, $$, onScreen, text, toast } from "./dom.js";

/** Open or close a row; `wanted` says which, and nothing is the other of what it is. */
async function toggle(caret, wanted = caret.getAttribute("aria-expanded") !== "true") {
  if (wanted === (caret.getAttribute("aria-expanded") === "true")) return;
  const row = caret.closest("tr");
  show(caret, wanted);
  await onScreen(); // the caret has answered before the work that is felt on a slow machine
  remember(wanted ? caret.value : null);
  const id = row.id.replace("row", "details");
  if (wanted && !document.getElementById(id)) await fetchDetails(caret, row, id);
  const details = document.getElementById(id);
  if (!details) {
    show(caret, false);
    return;
  }
  details.hidden = caret.getAttribute("aria-expanded") !== "true";
  caret.setAttribute("aria-controls", id);
}

/** Show on a caret and its row whether it is open. */
function show(caret, open) {
  caret.setAttribute("aria-expanded", String(open));
  caret.closest("tr").classList.toggle("open", open);
}

async function fetchDetails(caret, row, id) {
  const asked = new URLSearchParams(location.search);
  for (const name of ["cursor", "seen"]) asked.delete(name);
  asked.set("open", caret.value);
  await window.htmx.ajax("GET", `/events?${asked}`, { source: caret, target: row, swap: "afterend" });
  if (row.nextElementSibling?.matches(".details:not([id])")) row.nextElementSibling.id = id;
}

/** Keep in the address which row is open, so that the page can be loaded again or passed on. */
function remember(id) {
  const address = new URL(location.href);
  if (id === null) address.searchParams.delete("open");
  else address.searchParams.set("open", id);
  address.hash = "";
  history.replaceState(history.state, "", address);
}

document.addEventListener("click", (event) => {
  const caret = event.target.closest(".caret");
  if (caret) {
    event.preventDefault();
    toggle(caret);
    return;
  }
  const row = event.target.closest("tr.event");
  if (row && !event.target.closest("a, button, input") && getSelection().isCollapsed) toggle($(".caret", row));
});

document.addEventListener("keydown", (event) => {
  const caret = event.target.closest?.(".caret");
  if (!caret || event.altKey || event.metaKey || event.shiftKey) return;
  const carets = $$("#rows .caret");
  const place = carets.indexOf(caret);
  const go = (other) => () => other?.focus();
  const act = {
    ArrowDown: go(carets[place + 1]),
    ArrowUp: go(carets[place - 1]),
    ArrowRight: () => toggle(caret, true),
    ArrowLeft: () => toggle(caret, false),
    ...(event.ctrlKey && { Home: go(carets[0]), End: go(carets.at(-1)) }),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// Whoever asked for more with the keyboard goes on at the first row of what came.
let last = null;

document.addEventListener("htmx:before:swap", (event) => {
  const link = event.detail.ctx.sourceElement.closest?.(".more a");
  last = link && link === document.activeElement ? link.closest("tbody").previousElementSibling : null;
});

document.addEventListener("htmx:after:swap", () => {
  const next = last?.nextElementSibling;
  last = null;
  if (next) $(".caret", next)?.focus({ preventScroll: true });
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.hasAttribute("value") ? button.value : $("pre", button.parentElement).textContent);
    toast(text("copied"));
  } catch {
    toast(text("not_copied"));
  }
});
