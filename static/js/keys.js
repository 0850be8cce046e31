// Keys that do something by themselves, and the list of them. They can be switched off (WCAG 2.1.4), which this browser keeps.

import { $, $$, keep, kept } from "./dom.js";

const SETTING = "keys";
const OFF = "off";
const TYPING = "input, textarea, select, [contenteditable], [popover]";

const list = $("#keys");

const keys = {
  "/": () => $("#q").focus(),
  "?": () => list.showPopover(),
  d: () => ($("#from-open") ? $("#from-open").click() : $("#from").focus()),
  l: () => $("#live").click(),
  e: () => bounce(1),
  E: () => bounce(-1),
};

/** Go to the caret of the next bounce, or with -1 of the one before; without a place in the list from its beginning or its end. */
function bounce(step) {
  const rows = $$("#rows .event");
  const here = rows.indexOf(document.activeElement.closest("tr.event"));
  const from = here < 0 && step < 0 ? rows.length : here;
  for (let at = from + step; rows[at]; at += step) {
    if (!rows[at].matches(".bounce")) continue;
    $(".caret", rows[at]).focus();
    return;
  }
}

function allowed() {
  return kept(SETTING) !== OFF;
}

if (list) {
  const box = $("#keys-on");
  const tell = () => { $(".box kbd").hidden = !allowed(); };
  box.checked = allowed();
  tell();
  box.addEventListener("change", () => {
    keep(SETTING, box.checked ? null : OFF);
    tell();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.target.closest?.(TYPING)) return;
    const act = keys[event.key] ?? keys[event.key?.toLowerCase()];
    if (!act || !allowed()) return;
    event.preventDefault();
    act();
  });
}
