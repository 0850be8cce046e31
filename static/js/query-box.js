// The query box: its colours, its check while somebody types, and what is suggested below it. Without this module it is a plain field.

import { $, announce, element, points, text, units } from "./dom.js";
import { parts } from "./query-colours.js";
import { forget, recent, remember } from "./recent.js";
import { combobox } from "./suggestions.js";

const SUGGEST = 100; // ms after a key
const CHECK = 350;

const box = $("#q");
if (box) start();

function start() {
  const { form } = box;
  const problem = $("#problem");
  const mirror = element("div", { className: "mirror", ariaHidden: "true" });
  const names = new Set(box.dataset.fields.split(" "));
  const isField = (name) => names.has(name.toLowerCase().replaceAll("-", "_"));
  const suggesting = latest(SUGGEST);
  const checking = latest(CHECK);
  let fault = null; // the characters that are marked as wrong

  const list = combobox(box, { open: offer, take });
  box.after(mirror);
  box.parentElement.classList.add("coloured");
  mark(null);
  if (box.matches("[aria-invalid]")) checking.start(check);

  box.addEventListener("input", (event) => {
    mark(null);
    checking.start(check);
    if (!event.isComposing) offer();
  });
  for (const event of ["focus", "click"]) {
    box.addEventListener(event, () => { if (box.value === "" && recent().length > 0) offer(); });
  }
  for (const event of ["scroll", "keyup", "blur"]) box.addEventListener(event, follow);
  form.addEventListener("submit", () => {
    rest();
    problem.removeAttribute("aria-live");
  });
  document.addEventListener("query-error", ({ detail }) => {
    rest();
    mark(detail.name === "q" ? detail : null);
  });
  document.addEventListener("portal:results", () => {
    rest();
    mark(null);
    remember(new URL(location.href).searchParams.get("q") ?? "");
  });

  /** Nothing that is still under way comes in between. */
  function rest() {
    suggesting.stop();
    checking.stop();
    list.close();
  }

  /** Colour the query anew, with the place that the server finds fault with. */
  function mark(wrong) {
    fault = wrong && wrong.position !== null ? { start: units(box.value, wrong.position), end: units(box.value, wrong.end) } : null;
    const coloured = parts(box.value, isField).flatMap(cut(fault));
    mirror.replaceChildren(...coloured.map(([kind, words]) => (kind ? element("span", { className: kind, textContent: words }) : words)));
    follow();
  }

  function follow() {
    mirror.scrollLeft = box.scrollLeft;
  }

  function offer() {
    const known = box.value === "" ? recent() : [];
    suggesting.stop();
    if (known.length === 0) suggesting.start(suggest);
    else list.show([...known.map((query) => ({ label: query, query })), { label: text("forget"), forgets: true }]);
  }

  async function suggest(signal) {
    const { value } = box;
    const asked = new URLSearchParams({ at: points(value.slice(0, box.selectionStart)) });
    for (const [name, value] of new FormData(form)) if (["q", "from", "to", "range"].includes(name)) asked.append(name, value);
    const answer = await ask("/events/suggest", asked, signal);
    const place = answer && { start: units(value, answer.start), behind: value.length - units(value, answer.end) };
    if (answer) list.show(answer.options.map((option) => ({ ...option, ...place })));
  }

  async function check(signal) {
    const answer = await ask("/events/check", new URLSearchParams(new FormData(form)), signal);
    if (!answer) return;
    for (const field of form.elements) {
      const wrong = answer.wrong.some(({ name }) => name === field.name);
      if (wrong) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
    mark(answer.wrong.find(({ name }) => name === "q") ?? null);
    await say(answer.problem);
  }

  /** Show what is wrong; it is read out once and politely, because whoever types is not done. */
  async function say(html) {
    const before = $(".message", problem)?.textContent;
    problem.setAttribute("aria-live", "off");
    await window.htmx.swap({ text: html, sourceElement: problem, target: problem, swap: "innerHTML", response: { status: 200 } });
    const now = $(".message", problem)?.textContent;
    if (now && now !== before) announce(now);
  }

  function take(option) {
    if (option.forgets) {
      forget();
    } else if (option.query) {
      box.value = option.query;
      mark(null);
      form.requestSubmit();
    } else {
      // Measured from the end: of the word itself more may have been typed since.
      box.setRangeText(option.insert, option.start, box.value.length - option.behind, "end");
      box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  }
}

/** Work that is done a while after it was last asked for, and given up where it is asked for again. */
function latest(wait) {
  let timer;
  let controller = new AbortController();
  const stop = () => {
    clearTimeout(timer);
    controller.abort();
  };
  const start = (work) => {
    stop();
    controller = new AbortController();
    timer = setTimeout(work, wait, controller.signal);
  };
  return { start, stop };
}

/** The server's answer; null where there is none, or nobody waits for it any more. */
async function ask(path, parameters, signal) {
  try {
    const response = await fetch(`${path}?${parameters}`, { signal });
    const answer = response.ok ? await response.json() : null;
    return signal.aborted ? null : answer;
  } catch {
    return null;
  }
}

/** Cuts parts of the query at the ends of what is wrong, which gets a kind more. */
function cut(fault) {
  let at = 0;
  return ([kind, words]) => {
    const start = at;
    at += words.length;
    if (!fault || fault.end <= start || fault.start >= at) return [[kind, words]];
    const [from, to] = [Math.max(fault.start - start, 0), Math.min(fault.end, at) - start];
    const pieces = [[kind, words.slice(0, from)], [`${kind} bad`, words.slice(from, to)], [kind, words.slice(to)]];
    return pieces.filter(([, piece]) => piece !== "");
  };
}
