// The list of accounts: Escape closes the form of a row as Cancel does. Everything else is links and forms.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const cancel = event.target.closest?.("form.edit")?.querySelector(".cancel");
  if (!cancel) return;
  event.preventDefault();
  cancel.click();
});
