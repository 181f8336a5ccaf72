// The display at a door. The page brings the doors of the next day and a half with their words; this shows the one whose
// time has come, keeps the clock, asks for a new board each minute, and says when there is no connection.
const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const PATIENCE = 8_000;
const PAGE_LASTS = 12_000;                                    // of a list that is longer than the screen
const CODE_LASTS = 90_000;                                    // the digits of the minute before still count

class DeskDisplay extends HTMLElement {
  connectedCallback() {
    this.offset = 0;                                          // what the house's clock is ahead of this device's
    this.lost = false;
    this.ticker = setInterval(() => this.tick(), 1000);
    addEventListener("online", () => this.poll());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && (this.awake(), this.poll()));
    // A tap fills the screen: browsers do not let a page do so by itself.
    this.addEventListener("click", () => document.fullscreenElement || document.documentElement.requestFullscreen?.().catch(() => {}));
    // Nobody scrolls a screen on a wall; whoever does is left alone for a minute.
    for (const kind of ["pointerdown", "wheel", "keydown"]) addEventListener(kind, () => { this.turnAt = Date.now() + MINUTE; }, { passive: true });
    this.turnAt = Date.now() + PAGE_LASTS;
    this.read();
    this.tick();
    this.awake();
    this.keep();
    this.poll();
  }

  get board() { return this.querySelector(".board"); }
  get now() { return Date.now() + this.offset; }

  read() {
    const { asOf, knownUntil, zone, ahead } = this.board.dataset;
    Object.assign(this, { asOf: Number(asOf), knownUntil: Number(knownUntil), ahead: JSON.parse(ahead) });
    const language = document.documentElement.lang;
    const lang = language === "en" ? "en-GB" : language;                // days before months, as on all our pages
    this.clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
    this.date = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeZone: zone });
    this.left = new Intl.RelativeTimeFormat(lang);
  }

  async poll() {
    clearTimeout(this.timer);
    try {
      const answer = await fetch(this.dataset.now, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status === 410) return await this.end(await answer.text());
      if (!answer.ok) throw answer;
      this.take(await answer.text());
      this.lost = answer.headers.has("Desk-Kept");
      if (!this.lost) this.offset = this.asOf - Date.now();
    } catch {
      this.lost = true;
    }
    this.tick();
    // Just after the minute, when the digits change; not all displays in the same second.
    this.timer = setTimeout(() => this.poll(), MINUTE - (this.now % MINUTE) + 500 + Math.random() * 2500);
  }

  /** The new board, unless what is here is newer. */
  take(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".board");
    if (!fresh || Number(fresh.dataset.asOf) < this.asOf) return;
    this.board.replaceWith(fresh);
    this.read();
  }

  /** The next page of a list that is longer than the screen, and after the last one the first. */
  turn() {
    if (Date.now() < this.turnAt) return;
    this.turnAt = Date.now() + PAGE_LASTS;
    const { scrollHeight, clientHeight } = document.documentElement;
    const last = scrollY + clientHeight >= scrollHeight - 4;
    if (scrollHeight > clientHeight + 4) scrollTo(0, last ? 0 : scrollY + clientHeight * 0.7);
  }

  tick() {
    const now = this.now;
    this.turn();
    this.say("[data-clock]", this.clock.format(now));
    this.say("[data-date]", this.date.format(now));
    const known = now < this.knownUntil;
    for (const place of this.querySelectorAll("[data-door]")) {
      const door = this.ahead[place.dataset.door]?.findLast((each) => each.at <= now) ?? this.ahead[place.dataset.door]?.[0];
      if (door) this.show(place, door, now, known);
    }
    for (const strip of this.querySelectorAll(".strip")) {
      const { from, until } = strip.dataset;
      strip.hidden = now < from || now >= until;
      strip.querySelector(".strip-mark").style.setProperty("--f", (now - from) / QUARTER);
    }
    this.hide("[data-stale]", !this.lost || !known);
    this.hide("[data-lost]", known);
    if (this.querySelector("[data-proof]")) {
      const old = this.lost || Math.abs(now - this.asOf) > CODE_LASTS;
      this.hide("[data-with-code]", old);
      this.hide("[data-without-code]", !old);
    }
  }

  show(place, door, now, known) {
    for (const state of ["free", "later", "closed"]) place.classList.toggle(`board-${state}`, state === (known ? door.state : "closed"));
    place.querySelector("[data-said]").textContent = known ? door.now : "?";
    place.querySelector("[data-next]").textContent = known ? door.next : "";
    const left = place.querySelector("[data-left]");
    if (!left) return;
    const minutes = Math.ceil((door.until - now) / MINUTE);
    left.hidden = !known || !door.until || minutes < 1;
    const text = minutes < 120 ? this.left.format(minutes, "minute") : this.left.format(Math.floor(minutes / 60), "hour");
    if (left.textContent !== text) left.textContent = text;
    this.hide("[data-rest]", !known || !door.rest);
    this.hide("[data-no-rest]", known && door.rest);
  }

  say(what, text) {
    const place = this.querySelector(what);
    if (place && place.textContent !== text) place.textContent = text;
  }

  hide(what, hidden) {
    for (const place of this.querySelectorAll(what)) place.hidden = hidden;
  }

  /** Taken back: nothing of it stays on this device. */
  async end(html) {
    clearInterval(this.ticker);
    this.innerHTML = new DOMParser().parseFromString(html, "text/html").body.innerHTML;
    for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
    await (await navigator.serviceWorker?.getRegistration(this.dataset.page))?.unregister();
  }

  /** The worker keeps the page and its files; what was loaded before it came is asked for once more. */
  async keep() {
    const workers = navigator.serviceWorker;
    if (!workers) return;
    try {
      await workers.register(this.dataset.worker, { scope: this.dataset.page });
      await workers.ready;
      if (!workers.controller) await new Promise((done) => workers.addEventListener("controllerchange", done, { once: true }));
      const files = performance.getEntriesByType("resource").map((entry) => new URL(entry.name)).filter((file) => file.pathname.startsWith("/static/"));
      await Promise.all([this.dataset.page, this.dataset.now, ...new Set(files.map((file) => file.pathname))].map((path) => fetch(path)));
      this.dataset.kept = "";
    } catch {
      // It works without: only not over a restart without a connection.
    }
  }

  async awake() {
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // Low battery, or in the background: the device decides.
    }
  }
}

customElements.define("desk-display", DeskDisplay);
