// <desk-zone data-zone="Europe/Brussels">: a note that is hidden where the visitor's own clock shows the same times,
// in winter and in summer. A state instead of an attribute, so that a part of the page that is put in anew keeps it.
customElements.define("desk-zone", class extends HTMLElement {
  #states = this.attachInternals().states;

  connectedCallback() {
    const year = new Date().getFullYear();
    const shown = (timeZone) => [0, 6].map((month) => new Date(Date.UTC(year, month, 1)).toLocaleString("en", { timeZone })).join();
    try {
      if (shown(this.dataset.zone) === shown()) this.#states.add("same");
    } catch { /* a browser that does not know the zone, or states: the note stays */ }
  }
});
