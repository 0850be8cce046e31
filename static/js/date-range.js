// The date range: two buttons open one panel. Its fields are the truth; the calendar, fetched when it is first needed, only fills them.

import { $, $$, announce, element, onScreen, page } from "./dom.js";

const PHONE = matchMedia("(max-width: 720px)");
const RANGE = ["from", "to", "range"];
const PLACE = ["cursor", "seen", "open"]; // where in a list, which another list does not have
const DAY = 86_400_000; // ms

const panel = $("#dates[popover]");
let opened = "from"; // the end whose button was clicked
let end = "from"; // the end that the next click in the calendar sets
let applied = false;

const field = (name) => $(`#${name}`);
const iso = (date) => date.toISOString().slice(0, 10);
const shifted = (day, days) => iso(new Date(Date.parse(day) + days * DAY));
const today = () => new Intl.DateTimeFormat("sv", { timeZone: page.zone }).format(); // Swedes write 2026-11-23

/** What the results say of both ends, in words (app/periods.py). */
const ends = () => JSON.parse($("#results").dataset.ends);

/** The day that a field names, as 2026-11-23; empty where it names none, or in a way that only the server reads. */
function dayOf(name) {
  const typed = field(name).value.trim().toLowerCase();
  const back = { now: 0, today: 0, yesterday: -1 }[typed];
  if (back !== undefined) return shifted(today(), back);
  const [, day, month, year] = /^(\d{1,2})-(\d{1,2})-(\d{4})/.exec(typed) ?? [];
  const written = year ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : typed.slice(0, 10);
  return /^\d{4}-\d\d-\d\d$/.test(written) && Date.parse(written) ? written : "";
}

function start() {
  const calendar = $("calendar-range", panel);
  const load = () => import("../vendor/cally.js").catch(() => {}); // without it the fields are there

  for (const name of ["from", "to"]) {
    const button = $(`#${name}-open`);
    button.addEventListener("click", () => { opened = name; });
    button.addEventListener("pointerenter", load, { once: true });
    field(name).addEventListener("focus", () => { end = name; calendar.tentative = ""; });
    field(name).addEventListener("change", () => show(calendar));
  }

  // Two months are most of what the panel costs: they come once the fields are there.
  panel.addEventListener("beforetoggle", (event) => panel.classList.toggle("coming", event.newState === "open"));
  panel.addEventListener("toggle", async (event) => {
    if (event.newState !== "open") {
      if (!applied) for (const name of ["from", "to"]) field(name).value = field(name).defaultValue;
      return;
    }
    applied = false;
    refreshPresets();
    // A span up to now is two ends as soon as one of them is changed.
    if (!field("from").value && !field("to").value) field("from").value = ends().from.typed;
    field(opened).focus();
    await onScreen();
    await load();
    show(calendar);
    panel.classList.remove("coming");
  });

  // The start is known when only the end is chosen: the next click completes the range.
  const arm = () => { if (end === "to" && !calendar.tentative) calendar.tentative = dayOf("from"); };
  calendar.addEventListener("pointerenter", arm);
  calendar.addEventListener("focusin", arm);
  calendar.addEventListener("rangestart", (event) => begin(calendar, iso(event.detail)));
  calendar.addEventListener("change", () => complete(...calendar.value.split("/")));

  panel.addEventListener("click", (event) => { if (event.target.closest(".presets a")) panel.hidePopover(); });
  $("#filters").addEventListener("submit", () => {
    applied = true;
    for (const name of ["from", "to"]) field(name).defaultValue = field(name).value;
    panel.hidePopover();
  });
}

/** Show in the calendar what the fields say. */
async function show(calendar) {
  if (!customElements.get("calendar-range")) return;
  calendar.months = PHONE.matches ? 1 : 2;
  calendar.max = calendar.today = today();
  calendar.tentative = "";
  const [from, to] = [dayOf("from"), field("to").value ? dayOf("to") : today()];
  calendar.value = from && to && from <= to ? `${from}/${to}` : "";
  const shown = dayOf(end) || (end === "from" && to) || today();
  // Of two months the later one is to have it: the calendar goes to the earlier one first.
  if (calendar.months === 2) {
    calendar.focusedDate = iso(new Date(Date.UTC(shown.slice(0, 4), shown.slice(5, 7) - 2, 1)));
    await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
  }
  calendar.focusedDate = shown;
}

/** The first day was clicked; or the only one, where the end is chosen and there is no start. */
function begin(calendar, day) {
  if (end === "to") {
    field("to").value = `${day} 23:59`;
    calendar.tentative = "";
    calendar.value = `${day}/${day}`;
  } else {
    field("from").value = `${day} 00:00`;
    if (dayOf("to") && dayOf("to") < day) field("to").value = "";
  }
  announce(field(end).value);
}

/** Both days are known; a start that stays keeps its time. */
function complete(from, to) {
  if (dayOf("from") !== from) field("from").value = `${from} 00:00`;
  field("to").value = `${to} 23:59`;
  announce(`${field("from").value} – ${field("to").value}`);
}

/** Let the ranges to choose from keep what is searched now. */
function refreshPresets() {
  const here = new URL(location.href).searchParams;
  for (const link of $$(".presets a", panel)) {
    const own = new URL(link.href).searchParams;
    const search = new URLSearchParams(here);
    for (const name of [...PLACE, ...RANGE]) search.delete(name);
    for (const name of RANGE) if (own.has(name)) search.set(name, own.get(name));
    link.search = search;
    if (RANGE.every((name) => own.get(name) === here.get(name))) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** What a button says of its end. */
function tell(name, { day, clock }) {
  const words = [element("bdi", { textContent: day })];
  if (clock) words.push(" ", element("b", { textContent: clock }));
  $(`#${name}-open .at`).replaceChildren(...words);
}

document.addEventListener("portal:results", () => {
  for (const [name, words] of Object.entries(ends())) {
    tell(name, words);
    field(name).defaultValue = field(name).value;
    field(name).placeholder = words.day;
  }
});

// The field is out of sight: its button shows what is wrong, and has the focus.
document.addEventListener("query-error", (event) => {
  const name = event.detail.name === "range" ? "from" : event.detail.name;
  if (name !== "from" && name !== "to") return;
  tell(name, { day: field(name).value });
  $(`#${name}-open`).focus();
});

if (panel) start();
