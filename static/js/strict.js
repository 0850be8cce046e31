// How htmx is held to the content policy: it alone may write HTML, under the one Trusted Types policy, and nothing may be evaluated.

class Never {
  constructor() {
    throw new Error("Evaluation of text is switched off.");
  }
}

const policy = window.trustedTypes?.createPolicy("htmx", {
  createHTML: (html) => html,
  createScript: () => { throw new Error("Scripts in fragments are switched off."); },
});

window.htmx.registerExtension("strict", { init: (api) => api.initSecurity(policy, Never, Never) });

// Inside the results every link and form is asked for in the background, but only those that lead to the list have a part to answer with.
document.addEventListener("htmx:before:init", (event) => {
  const source = event.target;
  const address = source.matches("a[href]:not([hx-get])") ? source.pathname : null;
  if (address !== null && address !== "/events") event.preventDefault();
});
