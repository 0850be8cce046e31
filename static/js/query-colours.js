// The colours of a query: which parts are fields, operators, parentheses and values. The server alone reads queries (store/query/scanner.py);
// this follows its rules for what separates, what is an operator and what is a field, and a test compares the two.

const SPACE = "\\s\\x00-\\x1f\\x7f\\x85\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069";
const QUOTE = "\"\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02";
const SPACES = new RegExp(`[${SPACE}]+`, "y");
const RUN = new RegExp(`(?:\\\\[^]?|[^${SPACE}()${QUOTE}\\\\])+`, "y");
const PHRASES = [/"(?:\\[^]?|[^"\\])*"/y, new RegExp(`[${QUOTE}](?:\\\\[^]?|[^${QUOTE}\\\\])*[${QUOTE}]`, "y")];
const RANGE = /[[{]\s*("(\\.|[^"\\])*"|[^\s"]+)\s+to\s+("(\\.|[^"\\])*"|[^\s"\]}]+)\s*[\]}]/iy;
const OPERATOR = /^(and|or|not|&&|\|\|)$/i;
const NAME = /^([a-z_][\w.-]*):(?!\/\/)/i;
const SIGN = new RegExp(`^(?:!|[+-]+(?:[^${SPACE}\\x00-\\x7f]|[\\w"(\\\\*?@<'[{!]))`);
const GLUED = new RegExp(`[^${SPACE}(+!-]`);

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** The parts of a query in order as [kind, text]; `isField` says whether there is a field of this name. */
export function parts(query, isField) {
  const found = [];
  const groups = []; // for each open parenthesis, whether a field is before it
  let at = 0;
  let behindField = false;
  const take = (kind, length) => {
    found.push([kind, query.slice(at, at + length)]);
    at += length;
  };
  while (at < query.length) {
    const run = match(RUN, query, at) ?? query[at];
    const spaces = match(SPACES, query, at);
    const name = NAME.exec(run)?.[1];
    if (spaces) {
      take("", spaces.length);
    } else if (run === "(") {
      groups.push(behindField || groups.at(-1));
      behindField = false;
      take("group", 1);
    } else if (run === ")") {
      groups.pop();
      take("group", 1);
    } else if (!behindField && !GLUED.test(query[at - 1] ?? "") && SIGN.test(query.slice(at))) {
      take("operator", 1);
    } else if (!behindField && OPERATOR.test(run)) {
      take("operator", run.length);
    } else if (!behindField && name && isField(name)) {
      behindField = true;
      take("field", name.length + 1);
    } else {
      const inField = behindField || groups.at(-1);
      const [kind, length] = term(query, at, run, inField);
      take(kind, length);
      behindField = inField && goesOn(query, at, run);
    }
  }
  return found;
}

/** The kind and the length of the term that begins here. */
function term(query, at, run, inField) {
  const phrase = match(PHRASES[0], query, at) ?? match(PHRASES[1], query, at);
  const range = inField && match(RANGE, query, at);
  const kind = inField ? "value" : "";
  if (range) return [kind, range.length];
  if (phrase) {
    const host = query[at + phrase.length] === "@" ? match(RUN, query, at + phrase.length) : "";
    return [host ? kind : "value", phrase.length + host.length];
  }
  if (QUOTE.includes(run)) return ["value", query.length - at]; // not closed yet
  return [kind, run.length];
}

/** Whether the next word still belongs to the field: behind a comparison, and in a list of addresses. */
function goesOn(query, at, run) {
  return /^[<>]=?$/.test(run) || (/@.*[,;]$/.test(run) && /^\s*[^\s:]+@/.test(query.slice(at)));
}
