// The chooser of columns: a change takes effect at once, and the menu stays open where it was.

import { $ } from "./dom.js";

document.addEventListener("change", (event) => event.target.closest("#columns")?.querySelector("form").requestSubmit());

let focused = null; // the id of what had the focus in the menu that is being exchanged

document.addEventListener("htmx:before:swap", (event) => {
  if (event.detail.ctx.target?.id !== "results") return;
  focused = $("#columns:popover-open") ? document.activeElement.id || "columns" : null;
});

document.addEventListener("portal:results", () => {
  if (focused === null) return;
  $("#columns")?.showPopover({ source: $(".choose") });
  document.getElementById(focused)?.focus();
});
