// What happens around an exchange of the results: the request made small, the bar while it runs, the form in step, and what went wrong.

import { $, $$, announce, text, toast, units } from "./dom.js";

const PATIENCE = 150; // ms before the page shows that it is busy
const UNREADABLE = 422;
const FIELDS = ["q", "from", "to"];

let pending = 0;
let timer;

/** Whether this request was made by itself, like a look for new events or the chart: nothing is shown of it. */
const silent = (event) => event.detail.ctx.silent === true || event.detail.ctx.sourceElement.id === "chart";

document.addEventListener("htmx:config:request", (event) => {
  const fields = event.detail.ctx.request.body;
  for (const [name, value] of [...fields]) if (!value.trim()) fields.delete(name);
  if (fields.has("from") || fields.has("to")) fields.delete("range");
});

document.addEventListener("htmx:before:request", (event) => {
  if (silent(event)) return;
  pending += 1;
  clearTimeout(timer);
  timer = setTimeout(busy, PATIENCE, true);
});

document.addEventListener("htmx:finally:request", (event) => {
  if (silent(event)) return;
  pending -= 1;
  if (pending > 0) return;
  clearTimeout(timer);
  busy(false);
});

function busy(is) {
  $("#progress").classList.toggle("on", is);
  const results = $("#results");
  if (is) results?.setAttribute("aria-busy", "true");
  else results?.removeAttribute("aria-busy");
}

// Whoever goes back twice in a hurry is further in the history than the page that was loaded, because nobody listened yet.
document.addEventListener("DOMContentLoaded", () => {
  const [loaded] = performance.getEntriesByType("navigation");
  if (loaded && loaded.name.split("#")[0] !== location.href.split("#")[0]) location.reload();
});

// New results: the form follows them, what was wrong is mended, and the reader is taken to their beginning.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status !== 200 || ctx.target.id !== "results") return;
  follow(new URL(location.href).searchParams);
  mend();
  const results = $("#results");
  if (results.getBoundingClientRect().top < 0) results.scrollIntoView();
  if (document.activeElement === document.body) results.focus({ preventScroll: true });
  announce($("#total").textContent);
  document.dispatchEvent(new CustomEvent("portal:results"));
});

/** Show in the form what the address says, but for the field that somebody is typing in. */
function follow(parameters) {
  for (const name of FIELDS) {
    const field = $(`#${name}`);
    if (field && field !== document.activeElement) field.value = parameters.get(name) ?? "";
  }
}

function mend() {
  $("#problem").replaceChildren();
  for (const field of $$("#filters [aria-invalid]")) field.removeAttribute("aria-invalid");
}

// The server says what is wrong and where (app/events.py): the words are in #problem already, the field is marked and the part selected.
document.addEventListener("query-error", (event) => {
  const { name, position, end } = event.detail;
  for (const field of $$("#filters [aria-invalid]")) field.removeAttribute("aria-invalid");
  const field = $(`#filters #${CSS.escape(name)}`);
  if (!field) return;
  field.setAttribute("aria-invalid", "true");
  field.focus();
  if (position !== null) field.setSelectionRange(units(field.value, position), units(field.value, end));
});

document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status !== UNREADABLE && !silent(event)) unanswered(event.detail.ctx.sourceElement);
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx && !silent(event)) unanswered(event.detail.ctx.sourceElement);
});

/** Say that nothing came of it, and offer to do the same again. */
function unanswered(source) {
  const again = () => { if (source.matches("form")) source.requestSubmit(); else source.click(); };
  toast(text("no_answer"), source === document.body ? undefined : { label: text("again"), run: again });
}
