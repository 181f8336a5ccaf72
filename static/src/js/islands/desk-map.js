// <desk-map>: the drawn map, and the way to the interactive one. That is 400 kB, so it comes only when it is asked for:
// by its button, or by a click on the drawn land. Who asked once has it at once on the next pages of this visit, as soon
// as the map is in sight and the browser idle, except where data are saved.
//
//   <desk-map data-script="/static/map-live-….js" data-style="/static/map-live-….css" data-settings="/map/settings.json">
//   <div class="map"><svg class="map-sheet">…</svg></div><button hidden data-map-start>…</button>
//   <p role="status" data-loading="…" data-failed="…"></p></desk-map>
const ASKED = "desk-map-asked";

customElements.define("desk-map", class extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("[data-map-start]");
    this.state = this.querySelector("[role=status]");
    if (!this.button || !this.dataset.script) return;
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.begin());
    this.querySelector(".map-sheet").addEventListener("click", (event) => {
      if (!event.target.closest("a") && this.button.dataset.note === undefined) this.begin();
    });
    if (sessionStorage.getItem(ASKED) && !navigator.connection?.saveData) this.#beginWhenSeen();
  }

  #beginWhenSeen() {
    const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 200));
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      idle(() => this.begin(false));
    });
    watch.observe(this);
  }

  async begin(asked = true) {
    if (this.begun) return;
    this.begun = true;
    this.#say("loading");
    this.button.setAttribute("aria-disabled", "true");
    try {
      if (!drawsWell()) throw new Error("no WebGL");
      const { show } = await import(this.dataset.script);
      await show(this, { focus: asked && this.contains(document.activeElement) });
      sessionStorage.setItem(ASKED, "1");
      this.button.hidden = true;
      this.#say("");
    } catch {
      // The drawn map stays, with the same places on it.
      this.button.hidden = true;
      sessionStorage.removeItem(ASKED);
      this.#say(asked ? "failed" : "");
    }
  }

  #say(what) {
    this.state.textContent = this.state.dataset[what] ?? "";
  }
});

/** Whether the browser can draw maps at all. */
function drawsWell() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(context);
}
