// The list of accounts: what comes in place of a row says where the focus goes, and Escape closes a form as Cancel does. Everything else is
// links and forms.

document.addEventListener("htmx:after:swap", () => {
  const place = document.querySelector("[data-focus]");
  place?.removeAttribute("data-focus");
  place?.focus();
});

// What others changed meanwhile stands in the row that came: nothing has failed, whatever the status says to programs.
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status === 409) event.stopPropagation();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const cancel = event.target.closest?.("form.edit")?.querySelector(".cancel");
  if (!cancel) return;
  event.preventDefault();
  cancel.click();
});
