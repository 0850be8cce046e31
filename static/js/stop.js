// A search that takes long can be stopped: the request is given up here, and the server, which sees that nobody waits, gives up the search.

import { $, element, text, toast } from "./dom.js";

const PATIENCE = 1_000; // ms before the button is offered

let timer;
let source; // what asked for the results that are under way

const ofResults = (event) => event.detail.ctx.target?.id === "results" && !event.detail.ctx.silent;

document.addEventListener("htmx:before:request", (event) => {
  if (!ofResults(event)) return;
  clearTimeout(timer);
  source = event.detail.ctx.sourceElement;
  timer = setTimeout(offer, PATIENCE);
});

document.addEventListener("htmx:finally:request", (event) => {
  if (!ofResults(event)) return;
  clearTimeout(timer);
  $("#stop")?.parentElement.remove();
});

function offer() {
  const button = element("button", { type: "button", id: "stop", textContent: text("stop"), onclick: stop });
  $("#toasts").replaceChildren(element("div", { className: "toast" }, element("span", { textContent: text("searching") }), button));
}

function stop() {
  source.dispatchEvent(new Event("htmx:abort"));
  toast(text("stopped"));
}
