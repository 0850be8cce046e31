// A search that takes long can be stopped: the request is given up here, and the server, which sees that nobody waits, gives up the search.

import { $, element, text, toast } from "./dom.js";

const PATIENCE = 1_000; // ms before the button is offered

let timer;
let asked; // the request for results that is under way

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.target?.id !== "results" || ctx.silent) return;
  clearTimeout(timer);
  asked = ctx;
  timer = setTimeout(offer, PATIENCE);
});

document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail.ctx !== asked) return; // its target may be another by now: where a mistake in the query is told
  clearTimeout(timer);
  $("#stop")?.parentElement.remove();
});

function offer() {
  const button = element("button", { type: "button", id: "stop", textContent: text("stop"), onclick: stop });
  $("#toasts").replaceChildren(element("div", { className: "toast" }, element("span", { textContent: text("searching") }), button));
}

function stop() {
  asked.sourceElement.dispatchEvent(new Event("htmx:abort"));
  toast(text("stopped"));
}
