// <desk-live>: keeps what the page says about free and taken places true while it is open.
//
//   <desk-live data-url="/live" data-since="1795700000"><p class="hidden-visually" aria-live="polite"></p></desk-live>
//   <span data-live="venue-12">…</span>         what the server sends for this name is put in here
//   <desk-map data-drawing="/map/drawing">       asks for the drawing again
//
// One connection a page. It rests while the page is in the background, and comes back with what was missed.
const HARDEST_MS = 60_000; // longest wait before another attempt
const QUIET_MS = 60_000; // between two announcements
const REDRAW_MS = 30_000;

customElements.define("desk-live", class extends HTMLElement {
  connectedCallback() {
    this.since = this.dataset.since;
    this.failed = 0;
    this.gone = new AbortController();
    const { signal } = this.gone;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.#listen()), { signal });
    addEventListener("pagehide", () => this.#rest(), { signal });
    addEventListener("pageshow", () => this.#listen(), { signal });
    // After everything that the page itself needs.
    const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 500));
    idle(() => this.#listen());
  }

  disconnectedCallback() {
    this.gone.abort();
    this.#rest();
  }

  #listen() {
    clearTimeout(this.again);
    if (this.source || document.hidden || !this.isConnected) return;
    this.source = new EventSource(`${this.dataset.url}?since=${this.since}`);
    this.source.addEventListener("open", () => { this.failed = 0; });
    this.source.addEventListener("states", (event) => this.#hear(JSON.parse(event.data)));
    this.source.addEventListener("error", () => {
      // Its own way of coming back gives up when the server says no, and never slows down.
      this.#rest();
      this.failed += 1;
      const wait = Math.min(HARDEST_MS, 2_000 * 2 ** this.failed) * (0.5 + Math.random());
      this.again = setTimeout(() => this.#listen(), wait);
    });
  }

  #rest() {
    clearTimeout(this.again);
    this.source?.close();
    this.source = null;
  }

  #hear(told) {
    this.since = told.at;
    const changed = [];
    for (const [name, number] of Object.entries(told.tags)) {
      for (const place of document.querySelectorAll(`[data-live="${name}"]`)) {
        const before = place.textContent;
        place.innerHTML = told.html[number];
        if (place.textContent !== before && place.dataset.liveName) changed.push(`${place.dataset.liveName}: ${place.textContent.trim()}`);
      }
    }
    document.dispatchEvent(new CustomEvent("desk:live", { detail: told }));
    if (changed.length) this.#say(changed.length > 3 ? told.summary : changed.join(". "));
    if (told.venues.length) this.#redraw();
  }

  /** At most once a minute; what happens in between is said together, by the latest. */
  #say(text) {
    const wait = Math.max(0, (this.said ?? 0) + QUIET_MS - Date.now());
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      this.said = Date.now();
      this.querySelector("[aria-live]").textContent = text;
    }, wait);
  }

  /** The drawn map merges pins into one, which only the server does: it is asked for anew, but not under somebody's hands. */
  #redraw() {
    const desk = document.querySelector("desk-map[data-drawing]");
    if (!desk || desk.begun || this.drawing) return;
    this.drawing = setTimeout(async () => {
      this.drawing = null;
      const answer = await fetch(desk.dataset.drawing).catch(() => null);
      const sheet = desk.querySelector(".map-sheet");
      if (!answer?.ok || desk.begun || sheet.contains(document.activeElement)) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".map-sheet");
      if (fresh) sheet.replaceChildren(...fresh.childNodes);
    }, this.drawn ? REDRAW_MS : 1_000);
    this.drawn = true;
  }
});
