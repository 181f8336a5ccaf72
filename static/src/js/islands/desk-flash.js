// <desk-flash>: a message with a button that puts it away. Without a script the message simply stays.
customElements.define("desk-flash", class extends HTMLElement {
  connectedCallback() {
    const close = this.querySelector("[data-close]");
    if (!close) return;
    close.hidden = false;
    close.addEventListener("click", () => {
      this.remove();
      document.querySelector("main")?.focus();
    });
  }
});
