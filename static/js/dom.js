// What every module works with: looking up and making elements, the texts of the page, and saying things to the reader.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element with properties and children; pages are made of nodes here, never of HTML in strings. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** The language, the time zone and the texts that the server handed over (app/script_texts.py). */
export const page = JSON.parse($("#i18n").textContent);

/** A text by its name, with what stands in {braces} filled in. */
export function text(name, values = {}) {
  return page.texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** How many characters a text has, as the server counts them. */
export const points = (words) => [...words].length;

/** How many of a text's own units its first characters are: most are one, an emoji is two. */
export const units = (words, count) => [...words].slice(0, count).join("").length;

/** When what was changed until now has been painted. */
export const onScreen = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });

/** Tell those who listen; emptied first, so that the same words are said again. */
export function announce(words) {
  const place = $("#announcement");
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = words; });
}

const GLANCE = 4_000; // ms that a message stays
const CHOICE = 12_000; // ms where it offers something to do

/** A message that goes away by itself, but not while somebody is at it; `action` is {label, run}. */
export function toast(words, action) {
  const message = element("div", { className: "toast" }, element("span", { textContent: words }));
  let timer;
  const wait = () => { timer = setTimeout(() => message.remove(), action ? CHOICE : GLANCE); };
  const stay = () => clearTimeout(timer);
  if (action) {
    const run = () => { stay(); message.remove(); action.run(); };
    message.append(element("button", { type: "button", textContent: action.label, onclick: run }));
  }
  for (const [event, act] of [["pointerenter", stay], ["focusin", stay], ["pointerleave", wait], ["focusout", wait]]) {
    message.addEventListener(event, act);
  }
  $("#toasts").replaceChildren(message);
  wait();
}

/** What this browser keeps for us under a name; null where it has nothing, or keeps nothing for any page. */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Have this browser keep a text, or with null forget it; one that keeps nothing does without. */
export function keep(name, words) {
  try {
    if (words === null) localStorage.removeItem(name);
    else localStorage.setItem(name, words);
  } catch {
    // it keeps nothing for any page
  }
}
