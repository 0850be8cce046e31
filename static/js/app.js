// The one module that pages name; each of the others sees to one thing (docs/pages.md).

import "./strict.js";
import "./chart.js";
import "./date-range.js";
import "./results.js";
import "./query-box.js";
import "./rows.js";
import "./columns.js";
import "./stop.js";
import "./keys.js";

// What only a mouse or a live list needs comes with the first of them (app/static_files.py does not load it ahead).
document.addEventListener("pointerover", function mouse(event) {
  if (event.pointerType !== "mouse") return;
  document.removeEventListener("pointerover", mouse);
  // What the mouse is over already counts as well.
  import("./narrow.js").then(() => event.target.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" })));
});
const follow = () => { if (document.querySelector("#tail")) import("./live.js"); };
document.addEventListener("portal:results", follow);
follow();
