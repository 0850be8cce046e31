// The + and - in the list: they stand at the end of the cell that the mouse is over. The keyboard and fingers have them in the details.

import { $, element, page, text } from "./dom.js";

const UNFIT = ".c-caret, .c-timestamp, .c-tags, .c-id";

const icon = (name) => {
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  shape.setAttribute("class", "icon");
  shape.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${page.icons}#${name}`);
  shape.append(use);
  return shape;
};

const sign = (name, shape) =>
  element("button", { type: "button", tabIndex: -1, className: "quiet-button square", title: text(name), ariaLabel: text(name), value: name }, icon(shape));

const tools = element("div", { className: "narrow" }, sign("only", "plus"), sign("without", "minus"));
tools.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) follow(button.value);
});
let over = null; // the cell that they are for

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse" || tools.contains(event.target)) return;
  const cell = event.target.closest?.("#rows .event td");
  if (cell === over) return;
  over = cell && !cell.matches(UNFIT) && cell.textContent.trim() ? cell : null;
  if (!over) {
    tools.remove();
    return;
  }
  const list = over.closest(".list");
  const [box, frame] = [over.getBoundingClientRect(), list.getBoundingClientRect()];
  tools.style.top = `${box.top - frame.top}px`;
  tools.style.left = `${box.right - frame.left}px`;
  list.append(tools);
});

/** Ask for the narrower search; the server, which has the whole value, makes the query for it. */
function follow(way) {
  const asked = new URLSearchParams(location.search);
  for (const name of ["cursor", "seen", "open"]) asked.delete(name);
  const field = [...over.classList].find((name) => name.startsWith("c-")).slice(2);
  asked.set(way, field);
  asked.set("of", $(".caret", over.parentElement).value);
  window.htmx.ajax("GET", `/events?${asked}`, { source: $("#results"), target: $("#results"), swap: "outerHTML show:none", push: "true" });
}

document.addEventListener("portal:results", () => { over = null; });
