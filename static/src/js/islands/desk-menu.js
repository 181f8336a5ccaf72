// <desk-menu>: what <details> lacks as a menu. Escape and a click elsewhere close it; the theme changes at once.
customElements.define("desk-menu", class extends HTMLElement {
  connectedCallback() {
    this.details = this.querySelector("details");
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    document.addEventListener("click", (event) => { if (!this.contains(event.target)) this.details.open = false; }, { signal });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.details.open) return;
      this.details.open = false;
      this.details.querySelector("summary").focus();
    }, { signal });
    this.addEventListener("submit", (event) => this.#theme(event), { signal });
  }

  disconnectedCallback() {
    this.leaving.abort();
  }

  /** Shows the chosen theme before the server has noted it; if it cannot be noted, the form goes the long way. */
  async #theme(event) {
    const theme = event.submitter?.name === "theme" && event.submitter.value;
    if (!theme) return;
    event.preventDefault();
    const form = event.target;
    document.documentElement.dataset.theme = theme;
    for (const button of form.querySelectorAll("[name=theme]")) button.setAttribute("aria-pressed", String(button.value === theme));
    const body = new URLSearchParams(new FormData(form, event.submitter));
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      if (answer.status >= 400) form.submit();
    } catch {
      form.submit();
    }
  }
});
