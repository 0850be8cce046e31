// A list of options below a text field, by the combobox pattern of ARIA: arrows choose, Enter and Tab take what was chosen, Escape closes.

import { announce, element, text } from "./dom.js";

/** Give a field such a list; `open` is called where an arrow asks for it, `take` with the option that is taken. */
export function combobox(field, { open, take }) {
  const list = element("ul", { id: "suggestions", className: "suggestions", role: "listbox", ariaLabel: text("suggestions"), hidden: true });
  let options = [];
  let chosen = -1;
  field.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) {
    field.setAttribute(name, value);
  }

  function show(found) {
    if (found.length > 0 && found.length !== options.length) announce(text("suggested", { number: found.length }));
    options = found;
    list.replaceChildren(...options.map(item));
    list.hidden = options.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    choose(-1);
  }

  const close = () => show([]);

  function choose(place) {
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = place;
    const now = list.children[chosen];
    now?.setAttribute("aria-selected", "true");
    now?.scrollIntoView({ block: "nearest" });
    if (now) field.setAttribute("aria-activedescendant", now.id);
    else field.removeAttribute("aria-activedescendant");
  }

  function takeOne(place) {
    const option = options[place];
    close();
    take(option);
  }

  /** From the field itself to the first or the last option, and from those back to it. */
  const step = (by) => choose(((chosen + 1 + by + options.length + 1) % (options.length + 1)) - 1);

  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const act = list.hidden
      ? { ArrowDown: open }[event.key]
      : {
          ArrowDown: () => step(1),
          ArrowUp: () => step(-1),
          Escape: close,
          ...(chosen >= 0 && !event.shiftKey && { Enter: () => takeOne(chosen), Tab: () => takeOne(chosen) }),
        }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  field.addEventListener("blur", close);
  // The field keeps the focus; a touch that scrolls the list takes nothing.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const place = [...list.children].indexOf(event.target.closest("li"));
    if (place >= 0) takeOne(place);
  });
  return { show, close };
}

function item({ label, hint, count }, place) {
  const parts = [["label", label], ["hint", hint], ["count", count]].filter(([, words]) => words);
  const spans = parts.map(([className, textContent]) => element("span", { className, textContent }));
  return element("li", { id: `suggestion-${place}`, role: "option", ariaSelected: "false" }, ...spans);
}
