// <desk-copy>: a field with a button that copies its text. Without a script one selects it by hand.
customElements.define("desk-copy", class extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("[data-copy]");
    const field = this.querySelector("input, textarea");
    if (!button || !field || !navigator.clipboard) return;
    button.hidden = false;
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        (button.querySelector("span") ?? button).textContent = button.dataset.copied;
      } catch {
        field.focus();
      }
    });
  }
});
