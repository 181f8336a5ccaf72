// <desk-timeline>: arrow keys over the runs; drag (mouse), long press and drag (finger) or Space and arrows (keyboard) to
// choose a span inside a free run, or to move a booking or one of its ends. Nothing is saved here: each leads to the form
// that a link leads to as well, with other times. <desk-month>: arrow keys over the days.
//
// Read from the page: on the element data-zone (IANA), data-words (JSON, {} is the time), data-at (now, where today is
// shown), data-across (lanes are days of one resource); on a lane data-step (quarter hours of the raster), data-least and
// data-most (of the shortest and the longest booking, where they bind) and data-begins (ISO: where its day begins); on a booking that can go elsewhere data-moves ("moves" or "ends"), data-change, data-begins
// and data-ends. Where a run lies, its item says as classes: f = from, t = to, in quarter hours.
const QUARTER = 15 * 60 * 1000;
const LONG_PRESS = 350;         // ms; shorter is a tap, and a tap is a link
const SLACK = 8;                // px a finger may tremble
const HOUR = 4;                 // quarters proposed by a plain click
const EDGE = { mouse: 10, touch: 24, pen: 16 };       // px at the ends of a booking that move the end alone
const TICK = 20 * 1000;         // ms between two steps of the now line

const number = (element, name) => Number(element.className.match(new RegExp(`(?:^| )${name}(\\d+)`))?.[1]);
const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

customElements.define("desk-timeline", class extends HTMLElement {
  connectedCallback() {
    this.leaving = new AbortController();
    const on = (name, handler, more = {}) => this.addEventListener(name, handler, { signal: this.leaving.signal, ...more });
    const language = document.documentElement.lang || "en";
    this.clock = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
      ...(document.documentElement.dataset.clock ? { hour: "numeric", hourCycle: "h12" } : { hour: "2-digit", hourCycle: "h23" }),
      minute: "2-digit", timeZone: this.dataset.zone || "UTC",
    });
    this.words = JSON.parse(this.dataset.words || "{}");
    this.first = number(this, "a");
    this.last = number(this, "b");
    this.#rove();
    this.#tick();
    this.#scrollToNow();
    on("keydown", (event) => this.#key(event));
    on("focusin", (event) => this.#why(event.target));
    on("focusout", () => this.pick?.by === "keys" && this.#drop());
    on("pointerover", (event) => event.pointerType === "mouse" && this.#hover(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerleave", () => this.pick || this.#unghost());
    on("pointerdown", (event) => this.#down(event));
    on("click", (event) => this.#click(event));
    on("dragstart", (event) => event.preventDefault());
    on("contextmenu", (event) => this.pick && event.preventDefault());
    // Changing touch-action once the finger is down does nothing: the scroll must be refused move by move.
    on("touchmove", (event) => this.pick?.active && event.preventDefault(), { passive: false });
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(name, (event) => this.#up(event), { signal: this.leaving.signal });
    }
  }

  disconnectedCallback() {
    this.leaving.abort();
    clearInterval(this.ticking);
    this.#drop();
  }

  // Keyboard: one tab stop for the whole table; arrows go along a lane and between lanes, Home and End to its ends.

  get lanes() {
    return [...this.querySelectorAll(".tl-lane")].filter((lane) => lane.querySelector(".run"));
  }

  #runs(lane) {
    return [...lane.querySelectorAll(".run")];
  }

  #rove() {
    const runs = [...this.querySelectorAll(".tl-lane .run")];
    for (const run of runs) run.tabIndex = -1;
    const first = runs.find((run) => run.matches(".run-free")) ?? runs[0];
    if (first) first.tabIndex = 0;
  }

  #key(event) {
    if (event.key === "Escape" && this.pick) return this.#leave();
    const run = event.target.closest(".tl-lane .run");
    if (!run || event.altKey || event.ctrlKey || event.metaKey) return undefined;
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    const forward = getComputedStyle(this).direction === "rtl" ? -way : way;
    if (this.pick?.by === "keys") return this.#steer(event, forward);
    if (event.key === " " || (event.shiftKey && way)) {
      if (!run.matches("a.run-free, a[data-moves]")) return undefined;
      event.preventDefault();
      this.#lift(run);
      return event.key === " " ? undefined : this.#steer(event, forward);
    }
    const lanes = this.lanes;
    const row = lanes.indexOf(run.closest(".tl-lane"));
    const own = this.#runs(lanes[row]);
    const at = own.indexOf(run);
    const middle = (one) => number(one.parentNode, "f") + number(one.parentNode, "t");
    const nearest = (lane) => lane && this.#runs(lane).reduce((a, b) => (Math.abs(middle(b) - middle(run)) < Math.abs(middle(a) - middle(run)) ? b : a));
    const next = {
      ArrowRight: () => own[at + forward],
      ArrowLeft: () => own[at + forward],
      ArrowDown: () => nearest(lanes[row + 1]),
      ArrowUp: () => nearest(lanes[row - 1]),
      Home: () => own[0],
      End: () => own.at(-1),
    }[event.key];
    if (!next) return undefined;
    event.preventDefault();
    this.#focus(next());
    return undefined;
  }

  /** Pick a run up by the keyboard: an hour of what is free, or a booking as it stands. */
  #lift(run) {
    this.#pick(run, "keys");
    const { pick } = this;
    if (pick.kind === "new") {
      const from = pick.step * Math.ceil(Math.max(pick.from, this.first) / pick.step);
      pick.span = { from, until: Math.min(pick.until, from + clamp(Math.max(HOUR, pick.step), pick.least, pick.most)) };
    }
    pick.active = true;
    this.#draw();
    this.#say(this.words[pick.kind === "move" && pick.moves === "ends" ? "ends" : pick.kind]);
  }

  #steer(event, forward) {
    const { pick } = this;
    const { step, span, low, high, least, most } = pick;
    pick.limit = "";
    const length = span.until - span.from;
    if (event.key === "Enter") {
      event.preventDefault();
      return this.#go();
    }
    const rows = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (rows && pick.kind === "move" && pick.moves === "moves" && "across" in this.dataset) {
      const lanes = this.lanes;
      pick.lane = lanes[clamp(lanes.indexOf(pick.lane) + rows, 0, lanes.length - 1)];
    } else if (forward && event.shiftKey) {
      const until = this.#snap(span.until + forward * step, step, forward);
      this.#mark(until - span.from);
      span.until = clamp(until, span.from + least, Math.min(high, span.from + most));
    } else if (forward && pick.moves !== "ends") {
      span.from = clamp(this.#snap(span.from + forward * step, step, forward), low, high - length);
      span.until = span.from + length;
    } else if (!rows && !forward && event.key !== " ") {
      return undefined;
    }
    event.preventDefault();
    this.#draw();
    this.#say(this.#clashes() ? this.words.taken : this.words[pick.limit] ?? "{}");
    this.ghost?.scrollIntoView({ block: "nearest", inline: "nearest" });
    return undefined;
  }

  #leave() {
    this.left = this.pick.active ? this.pick.id : null;               // a button that is still down comes up later
    this.#drop();
    this.#say(this.words.left);
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
    this.#tell(run ? run.textContent.trim() : "");
  }

  #tell(text) {
    const line = this.querySelector(".tl-why");
    if (line && line.textContent !== text) line.textContent = text;
  }

  /** For those who listen. */
  #say(text = "") {
    const line = this.querySelector(".tl-said");
    if (line) line.textContent = text.replace("{}", this.pick?.span ? this.#times() : "");
  }

  // Now.

  #tick() {
    const line = this.querySelector(".tl-now");
    const lane = this.querySelector(".tl-lane");
    if (!line || !lane || !this.dataset.at) return;
    const late = Date.now() - Date.parse(this.dataset.at);           // the visitor's own clock may be wrong
    const loaded = Date.now();
    const step = () => {
      const at = (loaded - late + (Date.now() - loaded) - Date.parse(lane.dataset.begins)) / QUARTER;
      line.style.setProperty("--f", at);
      line.hidden = at > this.last;
    };
    step();
    this.ticking = setInterval(step, TICK);
  }

  #scrollToNow() {
    const frame = this.querySelector(".tl-scroll");
    const now = this.querySelector(".tl-now");
    const mark = now ?? this.querySelector(".run:not(.run-closed)");
    if (!frame || !mark || frame.scrollWidth <= frame.clientWidth) return;
    const before = now ? frame.clientWidth / 3 : this.querySelector(".tl-corner").offsetWidth + 2;
    frame.scrollLeft += mark.getBoundingClientRect().left - frame.getBoundingClientRect().left - before;
  }

  // What is picked up: kind "new", "move", "begin" or "end"; span in quarter hours of its lane's day.

  #pick(run, by) {
    const lane = run.closest(".tl-lane");
    const base = Date.parse(lane.dataset.begins);
    const own = run.matches("[data-moves]");
    const step = Number(lane.dataset.step) || 1;
    // What has begun may be ended as early as one likes.
    const least = run.dataset.moves === "ends" ? step : Math.max(step, Math.ceil((lane.dataset.least ?? 0) / step) * step);
    const quarter = (text) => (Date.parse(text) - base) / QUARTER;
    const from = own ? quarter(run.dataset.begins) : number(run.parentNode, "f");
    const until = own ? quarter(run.dataset.ends) : number(run.parentNode, "t");
    this.pick = {
      run, lane, by, from, until, own, kind: own ? "move" : "new", moves: run.dataset.moves ?? "", active: false,
      step, span: { from, until }, least, most: Math.max(least, Math.floor((lane.dataset.most ?? Infinity) / step) * step), limit: "",
      low: own ? Math.min(this.first, from) : from, high: own ? Math.max(this.last, until) : until,
    };
    return this.pick;
  }

  /** Remember whether more or less was wanted than a booking may last, to say so. */
  #mark(length) {
    this.pick.limit = length > this.pick.most ? "longest" : length < this.pick.least ? "shortest" : "";
  }

  #snap(at, step, way = 0) {
    const round = way > 0 ? Math.floor : way < 0 ? Math.ceil : Math.round;
    return step * round(at / step);
  }

  /** Whether something else than free time lies under the span. */
  #clashes() {
    const { run, lane, own, span } = this.pick;
    return own && this.#runs(lane).some((other) => other !== run && !other.matches(".run-free")
      && number(other.parentNode, "f") < span.until && span.from < number(other.parentNode, "t"));
  }

  #instant(lane, quarter) {
    return new Date(Date.parse(lane.dataset.begins) + quarter * QUARTER);
  }

  #times({ lane, span } = this.pick) {
    return `${this.clock.format(this.#instant(lane, span.from))}–${this.clock.format(this.#instant(lane, span.until))}`;
  }

  #address({ run, lane, own, span }) {
    const url = new URL(own ? run.dataset.change : run.href, location.href);
    const text = (quarter) => this.#instant(lane, quarter).toISOString().replace(/:\d\d\.\d{3}Z$/, "Z");
    url.searchParams.set("from", text(span.from));
    url.searchParams.set("until", text(span.until));
    return url;
  }

  #go() {
    const { pick } = this;
    const changed = !pick.own || pick.lane !== pick.run.closest(".tl-lane") || pick.span.from !== pick.from || pick.span.until !== pick.until;
    if (changed) location.assign(this.#address(pick));
    this.#drop();
  }

  // Pointer.

  /** The quarter hour under the pointer, as a fraction. */
  #quarter(lane, x) {
    const box = lane.getBoundingClientRect();
    return this.first + ((x - box.left) / box.width) * (this.last - this.first);
  }

  /** What of a free run lies between two quarters, on the raster; as long as a booking may be, from the first one on. */
  #span({ from, until, step, least, most }, one, other) {
    const snap = (at, round) => from + round((at - from) / step) * step;
    const begin = clamp(snap(Math.min(one, other), Math.floor), from, until - step);
    const end = Math.min(until, Math.max(snap(Math.max(one, other), Math.ceil), begin + step));
    const length = clamp(end - begin, least, most);
    if (other < one) {
      const early = Math.max(from, end - length);
      return { from: early, until: Math.min(until, early + length), wanted: end - begin };
    }
    const late = Math.min(until, begin + length);
    return { from: Math.max(from, Math.min(begin, late - length)), until: late, wanted: end - begin };
  }

  /** A click proposes one hour from where it fell, or what is left of the run. */
  #proposal(pick, x) {
    const at = this.#quarter(pick.lane, x);
    const { from, until } = this.#span(pick, at, at);
    return { from, until: Math.min(pick.until, Math.max(until, from + Math.min(HOUR, pick.most))) };
  }

  #hover(event) {
    if (this.pick) return;
    const run = event.target.closest(".tl-lane .run");
    if (run?.matches("a.run-free")) {
      const pick = this.#pick(run, "mouse");
      this.pick = null;
      this.#ghostOf({ ...pick, span: this.#proposal(pick, event.clientX) });
      return;
    }
    this.#unghost();
    if (run) this.#why(run);
    if (run?.matches("[data-moves]")) this.classList.toggle("at-edge", this.#part(run, event) !== "move");
  }

  /** Which part of a booking the pointer is at. */
  #part(run, event) {
    if (run.dataset.moves === "ends") return "end";
    const box = run.getBoundingClientRect();
    const edge = Math.min(EDGE[event.pointerType] ?? 10, box.width / 4);
    if (event.clientX > box.right - edge && number(run.parentNode, "t") <= this.last) return "end";
    return event.clientX < box.left + edge && number(run.parentNode, "f") >= this.first ? "begin" : "move";
  }

  #down(event) {
    const run = event.target.closest("a.run-free, a[data-moves]");
    if (!run) this.#why(event.target);
    if (!run || event.button !== 0) return;
    const pick = this.#pick(run, event.pointerType);
    Object.assign(pick, { at: this.#quarter(pick.lane, event.clientX), x: event.clientX, y: event.clientY, id: event.pointerId });
    if (pick.own) pick.kind = this.#part(run, event);
    if (event.pointerType !== "mouse") {
      pick.timer = setTimeout(() => {
        this.#begin();
        navigator.vibrate?.(15);
        if (!pick.own) pick.span = this.#proposal(pick, pick.x);
        this.#draw();
      }, LONG_PRESS);
    }
  }

  #begin() {
    this.pick.active = true;
    this.classList.add("dragging");
  }

  #move(event) {
    const { pick } = this;
    if (!pick || pick.by === "keys") return event.pointerType === "mouse" ? this.#hover(event) : undefined;
    if (event.pointerId !== pick.id) return undefined;
    const moved = Math.hypot(event.clientX - pick.x, event.clientY - pick.y);
    if (!pick.active) {
      if (moved <= SLACK) return undefined;
      if (event.pointerType !== "mouse") return this.#drop();          // the finger scrolls
      this.#begin();
    }
    if (moved > SLACK) this.#follow(event);
    this.#draw();
    return undefined;
  }

  #follow(event) {
    const { pick } = this;
    const { kind, from, until, step, low, high, least, most } = pick;
    pick.limit = "";
    if (kind === "move" && "across" in this.dataset) {
      const lane = document.elementFromPoint(event.clientX, event.clientY)?.closest(".tl-lane");
      if (lane && this.contains(lane)) pick.lane = lane;
    }
    const at = this.#quarter(pick.lane, event.clientX);
    if (kind === "new") {
      const { wanted, ...span } = this.#span(pick, pick.at, at);
      pick.span = span;
      this.#mark(wanted);
    } else if (kind === "end") {
      this.#mark(this.#snap(at, step) - from);
      pick.span = { from, until: clamp(this.#snap(at, step), from + least, Math.min(high, from + most)) };
    } else if (kind === "begin") {
      this.#mark(until - this.#snap(at, step));
      pick.span = { from: clamp(this.#snap(at, step), Math.max(low, until - most), until - least), until };
    } else {
      const begin = Math.abs(at - pick.at) < step / 2 ? from : clamp(this.#snap(from + at - pick.at, step), low, high - until + from);
      pick.span = { from: begin, until: begin + until - from };
    }
    const frame = this.querySelector(".tl-scroll");
    const box = frame.getBoundingClientRect();
    if (event.clientX > box.right - 32) frame.scrollLeft += 12;
    else if (event.clientX < box.left + 32) frame.scrollLeft -= 12;
  }

  #up(event) {
    const { pick } = this;
    if (this.left === event.pointerId) this.swallow = event.timeStamp;
    this.left = null;
    if (!pick || event.pointerId !== pick.id) return;
    if (event.type !== "pointerup" || !pick.active) return void this.#drop();
    this.swallow = event.timeStamp;                                    // the click that follows is not a second wish
    this.#go();
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
    const pick = this.#pick(run, "mouse");
    this.pick = null;
    location.assign(this.#address({ ...pick, span: this.#proposal(pick, event.clientX) }));
  }

  #drop() {
    clearTimeout(this.pick?.timer);
    this.pick?.run.classList.remove("lifted");
    this.pick = null;
    this.classList.remove("dragging");
    this.#unghost();
  }

  #draw() {
    const { pick } = this;
    pick.run.classList.toggle("lifted", pick.own);
    this.#ghostOf(pick, this.#clashes());
  }

  #ghostOf(pick, clashes = false) {
    this.ghost ??= Object.assign(document.createElement("li"), { className: "tl-ghost", ariaHidden: "true" });
    if (this.ghost.parentNode !== pick.lane) pick.lane.append(this.ghost);
    this.ghost.style.setProperty("--f", pick.span.from);
    this.ghost.style.setProperty("--t", pick.span.until);
    this.ghost.classList.toggle("clashes", clashes);
    const times = this.#times(pick);
    this.ghost.textContent = times;
    this.#tell(((clashes ? this.words.taken : this.words[pick.limit]) ?? "{}").replace("{}", times));          // a quarter of an hour is too narrow for its own words
  }

  #unghost() {
    this.ghost?.remove();
    this.classList.remove("at-edge");
  }
});

customElements.define("desk-month", class extends HTMLElement {
  connectedCallback() {
    const links = [...this.querySelectorAll("td a")];
    const now = this.querySelector("td[aria-current] a") ?? links[0];
    for (const link of links) link.tabIndex = link === now ? 0 : -1;
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    const cell = event.target.closest("td");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const rows = [...this.querySelectorAll("tbody tr")].map((row) => [...row.cells]);
    const row = rows.findIndex((cells) => cells.includes(cell));
    const at = rows[row].indexOf(cell);
    const days = (cells) => cells.filter((one) => one.querySelector("td a, a") && one.matches("td"));
    const next = {
      ArrowRight: () => rows[row][at + 1] ?? days(rows[row + 1] ?? [])[0],
      ArrowLeft: () => (rows[row][at - 1]?.matches("td") ? rows[row][at - 1] : days(rows[row - 1] ?? []).at(-1)),
      ArrowDown: () => rows[row + 1]?.[at],
      ArrowUp: () => rows[row - 1]?.[at],
      Home: () => days(rows[row])[0],
      End: () => days(rows[row]).at(-1),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    const link = next()?.querySelector("a");
    if (!link) return;
    this.querySelector('td a[tabindex="0"]').tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
  }
});
