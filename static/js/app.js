// The one module that pages name; each of the others sees to one thing (docs/pages.md).

import "./strict.js";
import "./chart.js";
import "./date-range.js";
import "./results.js";
import "./query-box.js";
import "./rows.js";
import "./columns.js";
import "./narrow.js";
import "./live.js";
import "./stop.js";
import "./keys.js";
