// The list of accounts: what comes in place of a row says where the focus goes, and Escape closes a form as Cancel does. Everything else is
// links and forms.

document.addEventListener("htmx:after:swap", () => {
  const place = document.querySelector("[data-focus]");
  place?.removeAttribute("data-focus");
  place?.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const cancel = event.target.closest?.("form.edit")?.querySelector(".cancel");
  if (!cancel) return;
  event.preventDefault();
  cancel.click();
});
