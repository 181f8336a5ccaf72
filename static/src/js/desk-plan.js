// On a floor plan: what is pointed at, or has the focus, is marked in the list too, and the other way round.
for (const view of document.querySelectorAll("[data-plan]")) {
  const mark = (event, on) => {
    const from = event.target.closest?.("[data-spot]");
    if (!from) return;
    for (const twin of view.querySelectorAll(`[data-spot="${from.dataset.spot}"]`)) twin.classList.toggle("spot-twin", on);
  };
  for (const name of ["pointerover", "focusin"]) view.addEventListener(name, (event) => mark(event, true));
  for (const name of ["pointerout", "focusout"]) view.addEventListener(name, (event) => mark(event, false));
}
