// <desk-near>: a button that fills the form's hidden lat and lon with the visitor's place. Asks only when pressed.
//
//   <desk-near><button type="button" hidden data-ask>…</button> <input type="hidden" name="lat"> <input type="hidden" name="lon">
//   <output data-state data-asking="…" data-found="…" data-denied="…"></output></desk-near>
//
// Two decimals (about one kilometre) are enough to sort venues, and all that leaves the device.
customElements.define("desk-near", class extends HTMLElement {
  connectedCallback() {
    const ask = this.querySelector("[data-ask]");
    if (!ask || !navigator.geolocation) return;
    ask.hidden = false;
    ask.addEventListener("click", () => {
      this.#say("asking");
      navigator.geolocation.getCurrentPosition((here) => this.#found(here.coords), () => this.#say("denied"), {
        maximumAge: 600_000,
        timeout: 10_000,
      });
    });
  }

  #found({ latitude, longitude }) {
    this.querySelector("[name=lat]").value = latitude.toFixed(2);
    this.querySelector("[name=lon]").value = longitude.toFixed(2);
    for (const name of ["where", "box"]) {
      const other = this.closest("form")?.elements.namedItem(name);
      if (other && "value" in other) other.value = "";
    }
    this.#say("found");
    this.dispatchEvent(new CustomEvent("desk:near", { bubbles: true }));
  }

  #say(state) {
    const output = this.querySelector("[data-state]");
    if (output) output.textContent = output.dataset[state] ?? "";
  }
});
