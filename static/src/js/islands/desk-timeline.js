// <desk-timeline>: arrow keys over the runs, and drag (mouse) or long press and drag (finger) to choose a span inside a
// free run. Every free run is a link already; this only makes its `from` and `until` more exact.
//
// Marks read from the page: on the element data-zone (IANA) and data-step (quarter hours of the raster, default 1);
// on a lane data-step; on a free run data-begins (ISO, UTC), data-from and data-to (quarter hours), href.
const QUARTER = 15 * 60 * 1000;
const LONG_PRESS = 350;         // ms; shorter is a tap, and a tap is a link
const SLACK = 8;                // px a finger may tremble
const HOUR = 4;                 // quarters proposed by a plain click

customElements.define("desk-timeline", class extends HTMLElement {
  connectedCallback() {
    this.leaving = new AbortController();
    const on = (name, handler, more = {}) => this.addEventListener(name, handler, { signal: this.leaving.signal, ...more });
    const language = document.documentElement.lang || "en";
    this.clock = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
      hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.dataset.zone || "UTC",
    });
    this.#rove();
    this.#scrollToNow();
    on("keydown", (event) => this.#key(event));
    on("focusin", (event) => this.#why(event.target));
    on("pointerover", (event) => event.pointerType === "mouse" && this.#hover(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerleave", () => this.drag || this.#unghost());
    on("pointerdown", (event) => this.#down(event));
    on("click", (event) => this.#click(event));
    on("dragstart", (event) => event.preventDefault());
    on("contextmenu", (event) => this.drag && event.preventDefault());
    // Changing touch-action once the finger is down does nothing: the scroll must be refused move by move.
    on("touchmove", (event) => this.drag?.active && event.preventDefault(), { passive: false });
    on("htmx:after:swap", () => this.#rove());
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(name, (event) => this.#up(event), { signal: this.leaving.signal });
    }
  }

  disconnectedCallback() {
    this.leaving.abort();
    this.#drop();
  }

  // Keyboard: one tab stop for the whole table; arrows go along a lane and between lanes, Home and End to its ends.

  get lanes() {
    return [...this.querySelectorAll(".tl-lane")].map((lane) => [...lane.querySelectorAll(".run")]).filter((runs) => runs.length);
  }

  #rove() {
    const runs = [...this.querySelectorAll(".tl-lane .run")];
    for (const run of runs) run.tabIndex = -1;
    const first = runs.find((run) => run.matches(".run-free")) ?? runs[0];
    if (first) first.tabIndex = 0;
  }

  #key(event) {
    const run = event.target.closest(".tl-lane .run");
    if (event.key === "Escape" && this.drag) return this.#drop();
    if (!run || event.altKey || event.ctrlKey || event.metaKey) return undefined;
    const lanes = this.lanes;
    const row = lanes.findIndex((runs) => runs.includes(run));
    const at = lanes[row].indexOf(run);
    const forward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const middle = (one) => (Number(one.dataset.from) + Number(one.dataset.to)) / 2;
    const nearest = (runs) => runs?.reduce((a, b) => (Math.abs(middle(b) - middle(run)) < Math.abs(middle(a) - middle(run)) ? b : a));
    const next = {
      ArrowRight: () => lanes[row][at + forward],
      ArrowLeft: () => lanes[row][at - forward],
      ArrowDown: () => nearest(lanes[row + 1]),
      ArrowUp: () => nearest(lanes[row - 1]),
      Home: () => lanes[row][0],
      End: () => lanes[row].at(-1),
    }[event.key];
    if (!next) return undefined;
    event.preventDefault();
    this.#focus(next());
    return undefined;
  }

  #focus(run) {
    if (!run) return;
    for (const other of this.querySelectorAll('.tl-lane .run[tabindex="0"]')) other.tabIndex = -1;
    run.tabIndex = 0;
    run.focus({ preventScroll: true });
    run.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Says under the table why a run cannot be booked: a tooltip alone would leave out fingers and keyboards. */
  #why(target) {
    const run = target.closest?.(".tl-lane .run");
    const line = this.querySelector(".tl-why");
    if (line) line.textContent = run?.dataset.why ?? "";
  }

  #scrollToNow() {
    const frame = this.querySelector(".tl-scroll");
    const mark = this.querySelector(".tl-now") ?? this.querySelector(".run-free");
    if (!frame || !mark || frame.scrollWidth <= frame.clientWidth) return;
    frame.scrollLeft += mark.getBoundingClientRect().left - frame.getBoundingClientRect().left - frame.clientWidth / 3;
  }

  // Pointer.

  /** The quarter hour under the pointer, as a fraction, within the run. */
  #quarter(run, x) {
    const box = run.getBoundingClientRect();
    const { first, last } = this.#shown(run);
    return first + ((x - box.left) / box.width) * (last - first);
  }

  /** What of the run is in the window: a run may begin before the first hour shown. */
  #shown(run) {
    const style = getComputedStyle(run);
    const number = (name) => Number(style.getPropertyValue(name));
    return { first: Math.max(number("--f"), number("--a")), last: Math.min(number("--t"), number("--b")) };
  }

  #step(run) {
    return Number(run.closest("[data-step]")?.dataset.step) || 1;
  }

  /** The span between two quarters, on the raster and inside the run; at least one step long. */
  #span(run, one, other) {
    const step = this.#step(run);
    const begin = Number(run.dataset.from);
    const end = Number(run.dataset.to);
    const snap = (at, round) => begin + round((at - begin) / step) * step;
    const from = Math.max(begin, Math.min(snap(Math.min(one, other), Math.floor), end - step));
    const until = Math.min(end, Math.max(snap(Math.max(one, other), Math.ceil), from + step));
    return { from, until };
  }

  #instant(run, quarter) {
    return new Date(Date.parse(run.dataset.begins) + (quarter - Number(run.dataset.from)) * QUARTER);
  }

  #address(run, { from, until }) {
    const url = new URL(run.href);
    const text = (quarter) => this.#instant(run, quarter).toISOString().replace(":00.000Z", "Z");
    url.searchParams.set("from", text(from));
    url.searchParams.set("until", text(until));
    return url;
  }

  /** A click proposes one hour from where it fell, or what is left of the run. */
  #proposal(run, x) {
    const at = this.#quarter(run, x);
    const { from, until } = this.#span(run, at, at);
    return { from, until: Math.min(Number(run.dataset.to), Math.max(until, from + HOUR)) };
  }

  #hover(event) {
    if (this.drag) return;
    const run = event.target.closest("a.run-free");
    if (run) this.#ghost(run, this.#proposal(run, event.clientX));
    else this.#unghost();
  }

  #down(event) {
    const run = event.target.closest("a.run-free");
    if (!run) this.#why(event.target);
    if (!run || event.button !== 0) return;
    const at = this.#quarter(run, event.clientX);
    this.drag = { run, at, x: event.clientX, y: event.clientY, id: event.pointerId, active: false };
    if (event.pointerType !== "mouse") {
      this.drag.timer = setTimeout(() => {
        this.#begin();
        navigator.vibrate?.(15);
        this.#ghost(run, this.#proposal(run, this.drag.x));
      }, LONG_PRESS);
    }
  }

  #begin() {
    this.drag.active = true;
    this.classList.add("dragging");
  }

  #move(event) {
    const drag = this.drag;
    if (!drag) return event.pointerType === "mouse" ? this.#hover(event) : undefined;
    if (event.pointerId !== drag.id) return undefined;
    const moved = Math.hypot(event.clientX - drag.x, event.clientY - drag.y);
    if (!drag.active) {
      if (moved <= SLACK) return undefined;
      if (event.pointerType !== "mouse") return this.#drop();          // the finger scrolls
      this.#begin();
    }
    if (moved > SLACK) drag.span = this.#span(drag.run, drag.at, this.#quarter(drag.run, event.clientX));
    if (drag.span) this.#ghost(drag.run, drag.span);
    return undefined;
  }

  #up(event) {
    const drag = this.drag;
    if (!drag || event.pointerId !== drag.id) return;
    const chosen = event.type === "pointerup" && drag.active;
    const span = drag.span ?? this.#proposal(drag.run, drag.x);
    this.#drop();
    if (!chosen) return;
    this.swallow = event.timeStamp;                                    // the click that follows is not a second wish
    location.assign(this.#address(drag.run, span));
  }

  #click(event) {
    const run = event.target.closest("a.run-free");
    if (this.swallow && event.timeStamp - this.swallow < 500) {
      event.preventDefault();
      return;
    }
    // detail is 0 for Enter: the keyboard takes the link as it stands.
    if (!run || event.detail === 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.assign(this.#address(run, this.#proposal(run, event.clientX)));
  }

  #drop() {
    clearTimeout(this.drag?.timer);
    this.drag = null;
    this.classList.remove("dragging");
    this.#unghost();
  }

  #ghost(run, { from, until }) {
    const { first, last } = this.#shown(run);
    this.shadow ??= Object.assign(document.createElement("span"), { className: "tl-ghost", ariaHidden: "true" });
    if (this.shadow.parentNode !== run.parentNode) run.parentNode.append(this.shadow);
    const place = (quarter) => ((Math.min(Math.max(quarter, first), last) - first) / (last - first)) * 100;
    this.shadow.style.insetInlineStart = `${place(from)}%`;
    this.shadow.style.inlineSize = `${place(until) - place(from)}%`;
    const text = `${this.clock.format(this.#instant(run, from))}–${this.clock.format(this.#instant(run, until))}`;
    const line = this.querySelector(".tl-why");
    this.shadow.textContent = text;
    if (line) line.textContent = text;          // a quarter of an hour is too narrow for its own words
  }

  #unghost() {
    this.shadow?.remove();
  }
});
