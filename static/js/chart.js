// The histogram: a pointer, a finger or the arrow keys go over its bars, select a stretch of them and zoom in. What the bars are stands in
// the table beside it (templates/_chart.html), so that no time is reckoned here.

import { $, $$, announce, element, page, text } from "./dom.js";

const FAR = 8; // bars that Page Up and Page Down go
const BESIDE = 12; // px from the selection to its description
const numbers = new Intl.NumberFormat(page.language);

/** One histogram with its state: the bar it is `at`, the `anchor` where a selection began, and the bar that a finger was `told` of. */
class Histogram {
  at;
  anchor = null;
  told = null;
  held = false;

  constructor(drawing) {
    this.drawing = drawing;
    this.cursor = $(".cursor", drawing);
    this.brushed = $(".brushed", drawing);
    this.tip = $(".tip", drawing);
    this.rows = $$("#numbers tbody tr");
    this.kinds = $$("#numbers thead th[data-tone]").map((head) => ({ tone: head.dataset.tone, word: head.textContent }));
    this.at = this.rows.length - 1;
    for (const [event, act] of Object.entries({
      pointermove: this.move, pointerdown: this.press, pointerup: this.release, pointercancel: this.drop, pointerleave: this.leave,
    })) drawing.addEventListener(event, (detail) => act.call(this, detail));
    this.cursor.addEventListener("focus", () => this.show());
    this.cursor.addEventListener("blur", () => this.hide());
    this.cursor.addEventListener("keydown", (event) => this.type(event));
  }

  /** The first and the last bar that are selected. */
  get selected() {
    const other = this.anchor ?? this.at;
    return [Math.min(other, this.at), Math.max(other, this.at)];
  }

  /** How many events of each type the selected bars have. */
  get counts() {
    const [first, last] = this.selected;
    const sums = this.kinds.map(() => 0);
    for (const row of this.rows.slice(first, last + 1)) {
      row.dataset.counts.trim().split(" ").forEach((count, kind) => { sums[kind] += Number(count); });
    }
    return sums.map((count, kind) => ({ count, ...this.kinds[kind] })).filter(({ count }) => count);
  }

  /** The selected time in words. */
  get words() {
    const [first, last] = this.selected.map((place) => this.rows[place]);
    return first === last ? $("a", first).textContent : `${first.dataset.since} – ${last.dataset.until}`;
  }

  show() {
    const [first, last] = this.selected;
    const counts = this.counts;
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const all = text(total === 1 ? "one_event" : "events", { number: numbers.format(total) });
    const each = counts.map(({ word, count }) => `${word} ${numbers.format(count)}`);
    const spoken = [`${this.words}: ${all}`, ...each];
    if (this.anchor !== null) spoken.push(text("selected"));
    this.cursor.setAttribute("aria-valuenow", this.at + 1);
    this.cursor.setAttribute("aria-valuetext", spoken.join(", "));
    this.tip.replaceChildren(
      element("p", { className: "when", textContent: this.words }),
      ...counts.map(({ tone, word, count }) => element("p", {},
        element("i", { className: `bar-${tone}` }), element("span", { textContent: word }), element("b", { textContent: numbers.format(count) }))),
      ...(total ? [] : [element("p", { textContent: all })]),
      ...(this.anchor === null ? [] : [element("p", { className: "hint", textContent: text("zoom") })]),
    );
    this.place(first / this.rows.length, (last + 1) / this.rows.length);
  }

  /** Mark a stretch, given as shares of the width, and describe it on the side with room. */
  place(left, right) {
    this.brushed.hidden = this.tip.hidden = false;
    this.brushed.classList.toggle("one", this.anchor === null);
    this.brushed.style.left = `${100 * left}%`;
    this.brushed.style.width = `${100 * (right - left)}%`;
    const width = this.drawing.clientWidth;
    const after = right * width + BESIDE;
    const fits = after + this.tip.offsetWidth <= width;
    this.tip.style.left = `${fits ? after : Math.max(0, left * width - BESIDE - this.tip.offsetWidth)}px`;
  }

  hide() {
    this.brushed.hidden = this.tip.hidden = true;
    this.anchor = null;
  }

  /** Search the selected time: the form has the fields. */
  zoom() {
    const [from, to] = this.selected.map((place) => new URL($("a", this.rows[place]).href).searchParams);
    $("#from").value = from.get("from");
    $("#to").value = to.get("to");
    this.hide();
    $("#filters").requestSubmit();
  }

  under(event) {
    const box = this.drawing.getBoundingClientRect();
    const place = Math.floor((event.clientX - box.left) / box.width * this.rows.length);
    return Math.max(0, Math.min(this.rows.length - 1, place));
  }

  move(event) {
    if (event.pointerType === "touch" && !this.held) return;
    this.at = this.under(event);
    this.show();
  }

  press(event) {
    if (event.button) return;
    this.held = true;
    this.at = this.anchor = this.under(event);
    this.drawing.setPointerCapture(event.pointerId);
    this.show();
  }

  /** A mouse zooms with a click; a finger that only touched a bar is told what it is, and zooms when it touches it again. */
  release(event) {
    if (!this.held) return;
    this.held = false;
    this.at = this.under(event);
    if (this.at !== this.anchor || event.pointerType === "mouse" || this.told === this.at) {
      this.zoom();
      return;
    }
    this.told = this.at;
    this.anchor = null;
    this.show();
  }

  drop() {
    this.held = false;
    this.hide();
  }

  leave(event) {
    if (!this.held && event.pointerType !== "touch" && document.activeElement !== this.cursor) this.hide();
  }

  type(event) {
    const end = this.rows.length - 1;
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -FAR, PageUp: FAR, Home: -end, End: end }[event.key];
    if (step) {
      if (event.shiftKey) this.anchor ??= this.at;
      else this.anchor = null;
      this.at = Math.max(0, Math.min(end, this.at + step));
      this.show();
    } else if (event.key === "Enter") {
      this.zoom();
    } else if (event.key === "Escape" && this.anchor !== null) {
      this.anchor = null;
      this.show();
    } else {
      return;
    }
    event.preventDefault();
  }
}

document.addEventListener("htmx:after:swap", (event) => {
  const drawing = $("#drawing");
  if (drawing && event.detail.ctx.sourceElement.id === "chart") new Histogram(drawing);
});

/** The list stands; that its chart did not come is said where it would be. */
function missed(event) {
  const place = event.detail.ctx?.sourceElement;
  if (place?.id !== "chart" || !place.isConnected) return;
  $(".failed", place).hidden = false;
  announce(text("no_chart"));
}

document.addEventListener("htmx:response:error", missed);
document.addEventListener("htmx:error", missed);

document.addEventListener("click", (event) => {
  if (!event.target.closest("#chart .failed button")) return;
  $("#chart .failed").hidden = true;
  window.htmx.trigger($("#chart"), "again");
});

// Other results are in its place: nobody waits for the chart of these any more, and the server need not go on.
document.addEventListener("htmx:before:cleanup", (event) => {
  if (event.target.id === "chart") window.htmx.trigger(event.target, "htmx:abort");
});
