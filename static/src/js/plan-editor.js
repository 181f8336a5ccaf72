// <desk-plan-editor>: draws a floor plan by mouse, touch or keyboard, and sends all of it in one field of its form.
//
// The page brings the drawing, the spaces and every word as JSON; the server checks what comes back. Lengths are whole
// centimetres. Without this script the page shows the saved plan, and forms with numbers do the same, one thing at a time.
const NS = "http://www.w3.org/2000/svg";
const LINES = ["wall", "window"];
const SIZES = { room: [400, 300], wall: [300, 0], window: [150, 0], door: [90, 90], stairs: [250, 120], label: [200, 60], space: [300, 200] };
const LEAST = 20;
const UNDO_MAX = 100;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

function svg(name, values = {}, ...inside) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(values)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function round(box, x, y) {                                   // a point turned about the middle of a box
  const [mx, my, turn] = [box.x + box.w / 2, box.y + box.h / 2, (box.turn || 0) * Math.PI / 180];
  const [dx, dy] = [x - mx, y - my];
  return [mx + dx * Math.cos(turn) - dy * Math.sin(turn), my + dx * Math.sin(turn) + dy * Math.cos(turn)];
}

function outline({ x, y, w, h }) {
  const c = Math.min(w, h) * 0.28;
  return `M${x} ${y}h${w}v${h - c}a${c} ${c} 0 0 1 ${-c} ${c}h${c - w}z`;
}

function pathOf({ kind, x, y, w, h, turn }) {
  if (LINES.includes(kind)) return turn % 180 ? `M${x} ${y + h}L${x + w} ${y}` : `M${x} ${y}L${x + w} ${y + h}`;
  if (kind === "door") return `M${x} ${y + h}V${y}A${w} ${h} 0 0 1 ${x + w} ${y + h}`;
  if (kind === "stairs") {
    const steps = Math.max(2, Math.round(w / 30));
    const treads = Array.from({ length: steps - 1 }, (_, step) => `M${x + w * (step + 1) / steps} ${y}v${h}`).join("");
    return `M${x} ${y}h${w}v${h}h${-w}z${treads}M${x} ${y + h / 2}h${w}`;
  }
  return kind === "label" ? "" : `M${x} ${y}h${w}v${h}h${-w}z`;
}

customElements.define("desk-plan-editor", class extends HTMLElement {
  connectedCallback() {
    const data = JSON.parse(this.querySelector("script[data-plan]").textContent);
    Object.assign(this, { drawing: data.drawing, spaces: data.spaces, words: data.words, dirty: data.dirty });
    this.form = this.querySelector("form");
    this.field = this.querySelector("[data-drawing]");
    this.sheet = this.querySelector(".sheet-svg");
    this.said = this.querySelector("[data-said]");
    this.chosen = this.querySelector("[data-chosen]");
    this.boxes = Object.fromEntries(["x", "y", "w", "h", "turn", "text"].map((name) => [name, this.chosen.querySelector(`[name=${name}]`)]));
    // The numbers of what is chosen are part of the drawing, not fields of their own.
    for (const box of Object.values(this.boxes)) box.removeAttribute("name");
    this.snapField = this.querySelector("[name=snap]");
    this.snapField.removeAttribute("name");
    this.ground = [...this.sheet.querySelectorAll("defs, .ground")];
    this.labels = this.ground.length > 1 ? [...this.sheet.querySelectorAll(":scope > .ground ~ .plan-label")].slice(0, this.#groundLabels()) : [];
    for (const hidden of this.querySelectorAll("[data-tools]")) hidden.hidden = false;
    Object.assign(this, { tool: "select", key: null, past: [], future: [], zoom: 1 });
    this.#listen();
    this.#draw();
  }

  #groundLabels() {                                           // those of the SVG below come before the walls
    const walls = this.sheet.querySelector(".walls");
    return [...this.sheet.querySelectorAll(".plan-label")].filter((label) => label.compareDocumentPosition(walls) & Node.DOCUMENT_POSITION_FOLLOWING).length;
  }

  #listen() {
    this.addEventListener("click", (event) => this.#click(event));
    this.sheet.addEventListener("pointerdown", (event) => this.#hold(event));
    this.sheet.addEventListener("keydown", (event) => this.#press(event));
    this.sheet.addEventListener("focusin", (event) => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (key && key !== this.key) { this.key = key; this.#draw(); }
    });
    this.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea")) return;
      const step = event.key.toLowerCase() === "y" || (event.key.toLowerCase() === "z" && event.shiftKey) ? "redo" : event.key.toLowerCase() === "z" ? "undo" : "";
      if (step) { event.preventDefault(); this.#travel(step); }
    });
    this.chosen.addEventListener("change", () => this.#typed());
    this.chosen.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); this.#typed(); }
    });
    this.form.addEventListener("submit", () => {
      this.field.value = JSON.stringify(this.drawing);
      this.dirty = false;
    });
    addEventListener("beforeunload", (event) => { if (this.dirty) event.preventDefault(); });
  }

  // --- what is there

  get snap() { return Number(this.snapField.value) || 1; }

  #snapped(value) { return Math.round(value / this.snap) * this.snap; }

  #item(key = this.key) {
    if (!key) return null;
    if (key[0] === "p") return this.drawing.placements.find((each) => each.resource_id === Number(key.slice(1)));
    return this.drawing.shapes[Number(key.slice(1))];
  }

  #name(key) {
    const item = this.#item(key);
    if (key[0] === "p") return this.spaces.find((each) => each.id === item.resource_id)?.name ?? "";
    return item.text || this.words[item.kind];
  }

  #sentence(key) {
    const item = this.#item(key);
    const metres = (value) => (value / 100).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 });
    return this.words.at.replace("{what}", this.#name(key)).replace("{w}", metres(item.w)).replace("{h}", metres(item.h))
      .replace("{x}", metres(item.x)).replace("{y}", metres(item.y));
  }

  #say(words) { this.said.textContent = words; }

  // --- changing

  #remember() {
    this.past.push(JSON.stringify(this.drawing));
    if (this.past.length > UNDO_MAX) this.past.shift();
    this.future = [];
    this.dirty = true;
  }

  #travel(step) {
    const [from, to] = step === "undo" ? [this.past, this.future] : [this.future, this.past];
    if (!from.length) return;
    to.push(JSON.stringify(this.drawing));
    this.drawing = JSON.parse(from.pop());
    this.dirty = true;
    if (!this.#item()) this.key = null;
    this.#draw();
  }

  #fit(item) {                                                // whole numbers, and all of it on the sheet
    const { width_cm: width, height_cm: height } = this.drawing;
    const line = LINES.includes(item.kind);
    const least = item.kind ? 5 : LEAST;
    for (const [side, most] of [["w", width], ["h", height]]) item[side] = clamp(Math.round(item[side]), line ? 0 : least, most);
    if (line && !item.w && !item.h) item.w = 10;
    const turn = item.kind ? 0 : (item.turn || 0) * Math.PI / 180;
    const half = [Math.abs(item.w * Math.cos(turn)) / 2 + Math.abs(item.h * Math.sin(turn)) / 2, Math.abs(item.w * Math.sin(turn)) / 2 + Math.abs(item.h * Math.cos(turn)) / 2];
    if (half[0] * 2 > width + 1 || half[1] * 2 > height + 1) item.turn = 0;
    const [hx, hy] = item.turn && !item.kind ? half : [item.w / 2, item.h / 2];
    item.x = Math.max(0, Math.round(clamp(item.x + item.w / 2, hx, width - hx) - item.w / 2));
    item.y = Math.max(0, Math.round(clamp(item.y + item.h / 2, hy, height - hy) - item.h / 2));
  }

  #add(kind, box) {
    this.#remember();
    const item = { turn: 0, ...box };
    if (kind.startsWith("space:")) {
      item.resource_id = Number(kind.slice(6));
      this.drawing.placements = this.drawing.placements.filter((each) => each.resource_id !== item.resource_id);
      this.drawing.placements.push(item);
      this.key = `p${item.resource_id}`;
    } else {
      Object.assign(item, { kind, text: kind === "label" ? this.words.text : "" });
      this.drawing.shapes.push(item);
      this.key = `s${this.drawing.shapes.length - 1}`;
    }
    this.#fit(item);
    this.#use("select");
    this.#draw(true);
    this.#say(this.#sentence(this.key));
    if (kind === "label") { this.boxes.text.focus(); this.boxes.text.select(); }
  }

  #remove() {
    const key = this.key;
    if (!this.#item()) return;
    const words = this.words.gone.replace("{what}", this.#name(key));
    this.#remember();
    if (key[0] === "p") this.drawing.placements = this.drawing.placements.filter((each) => `p${each.resource_id}` !== key);
    else this.drawing.shapes.splice(Number(key.slice(1)), 1);
    this.key = null;
    this.#draw();
    this.#say(words);
    (this.sheet.querySelector("[data-key]") ?? this.querySelector("[data-canvas]")).focus({ preventScroll: true });
  }

  #turn() {
    const item = this.#item();
    if (!item) return;
    this.#remember();
    item.turn = ((item.turn || 0) + (item.kind ? 90 : 15)) % (LINES.includes(item.kind) ? 180 : 360);
    this.#fit(item);
    this.#draw(true);
    this.#say(this.#sentence(this.key));
  }

  #typed() {
    const item = this.#item();
    if (!item) return;
    const next = { ...item };
    for (const name of ["x", "y", "w", "h"]) {
      const value = Number.parseFloat(this.boxes[name].value.replace(",", "."));
      if (Number.isFinite(value)) next[name] = Math.round(value * 100);
    }
    const turn = Number.parseInt(this.boxes.turn.value, 10);
    if (Number.isFinite(turn)) next.turn = item.kind ? Math.round((((turn % 360) + 360) % 360) / 90) * 90 % 360 : ((turn % 360) + 360) % 360;
    if (item.kind) next.text = this.boxes.text.value.trim().slice(0, 40) || (item.kind === "label" ? this.words.text : "");
    this.#fit(next);
    if (JSON.stringify(next) === JSON.stringify(item)) return;
    this.#remember();
    Object.assign(this.#item(), next);
    this.#draw();
  }

  // --- hands

  #click(event) {
    const button = event.target.closest("button");
    if (!button || !this.contains(button)) return;
    const { tool, act = button.dataset.do, space } = button.dataset;
    if (act === "undo" || act === "redo") this.#travel(act);
    else if (act === "delete") this.#remove();
    else if (act === "turn") this.#turn();
    else if (act === "in" || act === "out") this.#scale(act === "in" ? 1.5 : 1 / 1.5);
    else if (tool || space) {
      const kind = space ? `space:${space}` : tool;
      // From the keyboard there is nothing to drag: it lands in the middle, and the arrow keys move it.
      if (event.detail === 0 && kind !== "select") this.#drop(kind);
      else this.#use(this.tool === kind ? "select" : kind);
    }
  }

  #scale(by) {
    this.zoom = clamp(this.zoom * by, 1, 5);
    this.sheet.parentElement.style.inlineSize = this.zoom > 1.01 ? `${this.zoom * 100}%` : "";
  }

  #drop(kind) {
    const [w, h] = SIZES[kind.startsWith("space:") ? "space" : kind];
    const { width_cm: width, height_cm: height } = this.drawing;
    this.#add(kind, { x: this.#snapped((width - w) / 2), y: this.#snapped((height - h) / 2), w, h });
    this.sheet.querySelector(`[data-key="${this.key}"]`)?.focus();
  }

  #use(tool) {
    this.tool = tool;
    this.classList.toggle("plan-drawing", tool !== "select");
    for (const button of this.querySelectorAll("[data-tool], [data-space]"))
      button.setAttribute("aria-pressed", String((button.dataset.tool ?? `space:${button.dataset.space}`) === tool));
  }

  #point(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.sheet.getScreenCTM().inverse());
    return [clamp(x, 0, this.drawing.width_cm), clamp(y, 0, this.drawing.height_cm)];
  }

  #hold(event) {
    if (event.button) return;
    const handle = event.target.closest("[data-corner]");
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (this.tool !== "select") return this.#pull(event, this.#ghost(event));
    if (handle) return this.#pull(event, this.#resize(handle.dataset.corner));
    if (key) {
      this.key = key;
      this.#draw(true);
      return this.#pull(event, this.#move(event));
    }
    if (this.key) { this.key = null; this.#draw(); }
  }

  #pull(event, { move, end }) {                               // follows one finger until it is lifted
    event.preventDefault();
    this.sheet.setPointerCapture(event.pointerId);
    const moved = (next) => { if (next.pointerId === event.pointerId) move(this.#point(next)); };
    const stop = (next) => {
      if (next.pointerId !== event.pointerId) return;
      this.sheet.removeEventListener("pointermove", moved);
      for (const name of ["pointerup", "pointercancel"]) this.sheet.removeEventListener(name, stop);
      end?.(next.type === "pointercancel");
    };
    this.sheet.addEventListener("pointermove", moved);
    for (const name of ["pointerup", "pointercancel"]) this.sheet.addEventListener(name, stop);
  }

  #ghost(event) {
    const kind = this.tool;
    const line = LINES.includes(kind);
    const from = this.#point(event).map((value) => this.#snapped(value));
    let to = from;
    const ghost = this.sheet.appendChild(svg(line ? "line" : "rect", { class: "plan-ghost" }));
    return {
      move: (point) => {
        to = point.map((value) => this.#snapped(value));
        // Walls like to be straight.
        if (line && Math.abs(to[0] - from[0]) > 6 * Math.abs(to[1] - from[1])) to[1] = from[1];
        if (line && Math.abs(to[1] - from[1]) > 6 * Math.abs(to[0] - from[0])) to[0] = from[0];
        const [x, y] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
        const values = line ? { x1: from[0], y1: from[1], x2: to[0], y2: to[1] } : { x, y, width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]) };
        for (const [name, value] of Object.entries(values)) ghost.setAttribute(name, value);
      },
      end: (cancelled) => {
        ghost.remove();
        if (cancelled) return;
        const [w, h] = [Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
        const [x, y] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
        const turn = line && (to[0] - from[0]) * (to[1] - from[1]) < 0 ? 90 : 0;
        const small = line ? w + h < 10 : w < LEAST || h < LEAST;
        const size = SIZES[kind.startsWith("space:") ? "space" : kind];
        this.#add(kind, small ? { x: from[0], y: from[1], w: size[0], h: size[1] } : { x, y, w, h, turn });
      },
    };
  }

  #move(event) {
    const item = this.#item();
    const before = { ...item };
    const from = this.#point(event);
    let remembered = false;
    return {
      move: (point) => {
        const [x, y] = [this.#snapped(before.x + point[0] - from[0]), this.#snapped(before.y + point[1] - from[1])];
        if (x === item.x && y === item.y) return;
        if (!remembered) { this.#remember(); remembered = true; }
        Object.assign(item, { x, y });
        this.#fit(item);
        this.#draw();
      },
      end: () => { if (remembered) this.#say(this.#sentence(this.key)); },
    };
  }

  #resize(corner) {
    const item = this.#item();
    const before = { ...item };
    const line = LINES.includes(item.kind);
    const [cx, cy] = corner.split(",").map(Number);           // 0 or 1 of each side
    let remembered = false;
    return {
      move: (point) => {
        if (!remembered) { this.#remember(); remembered = true; }
        const spun = item.kind ? { ...before, turn: 0 } : before;
        // The corner that stays, and the finger, as they lie on the unturned box.
        const [sx, sy] = [before.x + (1 - cx) * before.w, before.y + (1 - cy) * before.h];
        let [px, py] = round({ ...spun, turn: -(spun.turn || 0) }, ...point);
        [px, py] = [this.#snapped(px), this.#snapped(py)];
        if (line) {
          Object.assign(item, { x: Math.min(px, sx), y: Math.min(py, sy), w: Math.abs(px - sx), h: Math.abs(py - sy), turn: (px - sx) * (py - sy) < 0 ? 90 : 0 });
        } else {
          const [w, h] = [Math.max(Math.abs(px - sx), LEAST), Math.max(Math.abs(py - sy), LEAST)];
          const [lx, ly] = [px < sx ? sx - w : sx, py < sy ? sy - h : sy];
          const [mx, my] = round(spun, lx + w / 2, ly + h / 2);
          Object.assign(item, { x: mx - w / 2, y: my - h / 2, w, h });
        }
        this.#fit(item);
        this.#draw();
      },
      end: () => { if (remembered) this.#say(this.#sentence(this.key)); },
    };
  }

  #press(event) {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    const item = this.#item(key);
    const arrow = ARROWS[event.key];
    if (arrow) {
      this.#remember();
      const [dx, dy] = arrow.map((way) => way * this.snap);
      if (event.shiftKey) Object.assign(item, { w: Math.max(item.w + dx, 0), h: Math.max(item.h + dy, 0) });
      else Object.assign(item, { x: item.x + dx, y: item.y + dy });
      this.#fit(item);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      return this.#remove();
    } else if (event.key.toLowerCase() === "r") {
      event.preventDefault();
      return this.#turn();
    } else if (event.key === "Escape") {
      this.#use("select");
      return;
    } else return;
    event.preventDefault();
    this.#draw(true);
    this.#say(this.#sentence(key));
  }

  // --- drawing

  #draw(focus = false) {
    const { width_cm: width, height_cm: height } = this.drawing;
    const text = Math.max(width, height) / 58;
    const held = document.activeElement?.closest?.("[data-key]")?.dataset.key;
    const hadFocus = focus || (held && this.sheet.contains(document.activeElement));
    const scale = width / (this.sheet.clientWidth || 800);
    const walls = svg("g", { class: "walls", "stroke-width": Math.max(12, Math.max(width, height) / 260) });
    this.drawing.shapes.forEach((shape, number) => walls.append(this.#thing(`s${number}`, shape, text)));
    const spaces = svg("g");
    [...this.drawing.placements].sort((a, b) => a.y - b.y || a.x - b.x)
      .forEach((place) => spaces.append(this.#thing(`p${place.resource_id}`, place, text)));
        this.sheet.replaceChildren(...this.ground, this.#lines(width, height), ...this.labels, walls, spaces, ...this.#handles(scale));
    if (hadFocus && this.key) this.sheet.querySelector(`[data-key="${this.key}"]`)?.focus({ preventScroll: true });
    this.#panel();
  }

  #lines(width, height) {
    let d = "";
    for (let x = 100; x < width; x += 100) d += `M${x} 0V${height}`;
    for (let y = 100; y < height; y += 100) d += `M0 ${y}H${width}`;
    return svg("path", { class: "plan-grid", d });
  }

  #thing(key, item, text) {
    const [mx, my] = [item.x + item.w / 2, item.y + item.h / 2];
    const line = LINES.includes(item.kind);
    const turned = item.turn && !line ? `rotate(${item.turn} ${mx} ${my})` : undefined;
    const d = item.kind ? pathOf(item) : outline(item);
    const made = svg("g", { class: `plan-item${item.kind ? "" : " spot-plain"}`, "data-key": key, tabindex: 0, role: "button", "aria-pressed": String(key === this.key), "aria-label": this.#sentence(key) });
    made.append(svg("path", { class: item.kind ? `mark mark-${item.kind}` : "spot-floor", d, transform: turned }));
    const area = line ? pathOf(item) : `M${item.x} ${item.y}h${item.w}v${item.h}h${-item.w}z`;
    // A room is taken hold of at its walls, so that what stands in it can be reached.
    made.append(svg("path", { class: "plan-hit", d: area, transform: turned, "pointer-events": item.kind === "room" || line ? "stroke" : "all" }));
    const words = item.kind ? item.text : this.#name(key);
    // Beside the button, not in it: its name says the same in one sentence.
    return words ? svg("g", {}, made, this.#text(words, item, text, item.kind)) : made;
  }

  #text(words, item, size, kind) {
    const [mx, my] = [item.x + item.w / 2, item.y + item.h / 2];
    const all = words.split(/\s+/);
    const longest = Math.max(...all.map((word) => word.length), 1);
    if (!kind) size = Math.min(size, (item.w * 0.94) / (longest * 0.58), item.h * 0.7);
    const room = kind ? 99 : Math.floor(item.w / (size * 0.56));
    let lines = [""];
    for (const word of all) {
      if (lines.at(-1) && lines.at(-1).length + 1 + word.length > room) lines.push(word);
      else lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
    }
    // What does not fit is cut at a word: the whole name is said, and stands beside the plan.
    if (!kind) lines = lines.slice(0, Math.max(1, Math.floor(item.h / (size * 1.2))));
    const made = svg("text", { class: kind ? "plan-label" : "", "font-size": size, "text-anchor": "middle", "pointer-events": "none", "aria-hidden": "true", stroke: kind ? "none" : undefined });
    lines.forEach((line, number) => made.append(svg("tspan", { x: mx, y: my + (number - (lines.length - 1) / 2) * size * 1.15 + size * 0.35 }, line)));
    return kind ? made : svg("g", { class: "spot-text spot-plain" }, made);
  }

  #handles(scale) {
    const item = this.#item();
    if (!item || this.tool !== "select") return [];
    const line = LINES.includes(item.kind);
    const corners = line ? (item.turn % 180 ? [[0, 1], [1, 0]] : [[0, 0], [1, 1]]) : [[0, 0], [1, 0], [1, 1], [0, 1]];
    const box = item.kind ? { ...item, turn: 0 } : item;
    const size = 9 * scale;
    const frame = line ? [] : [svg("rect", { class: "plan-frame", x: item.x, y: item.y, width: item.w, height: item.h, transform: box.turn ? `rotate(${box.turn} ${item.x + item.w / 2} ${item.y + item.h / 2})` : undefined })];
    return [...frame, ...corners.map(([cx, cy]) => {
      const [x, y] = round(box, item.x + cx * item.w, item.y + cy * item.h);
      return svg("circle", { class: "plan-handle", cx: x, cy: y, r: size, "data-corner": `${cx},${cy}` });
    })];
  }

  #panel() {
    const item = this.#item();
    this.chosen.hidden = !item;
    if (item) {
      this.chosen.querySelector("[data-chosen-name]").textContent = this.#name(this.key);
      for (const name of ["x", "y", "w", "h"]) this.boxes[name].value = item[name] / 100;
      this.boxes.turn.value = item.turn || 0;
      this.chosen.querySelector("[data-text]").hidden = !["room", "label"].includes(item.kind);
      if (document.activeElement !== this.boxes.text) this.boxes.text.value = item.text ?? "";
    }
    for (const [name, stack] of [["undo", this.past], ["redo", this.future]]) this.querySelector(`[data-do=${name}]`).disabled = !stack.length;
    const lies = new Set(this.drawing.placements.map((each) => each.resource_id));
    const left = this.spaces.filter((each) => !lies.has(each.id));
    this.querySelector("[data-all-placed]").hidden = left.length > 0;
    const list = this.querySelector("[data-spaces]");
    const ids = left.map((each) => each.id).join();
    if (list.dataset.ids === ids) return;
    list.dataset.ids = ids;
    list.replaceChildren(...left.map((each) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "plan-tool", textContent: each.name });
      button.dataset.space = each.id;
      button.setAttribute("aria-pressed", "false");
      const kind = document.createElement("small");
      kind.textContent = each.kind;
      button.append(kind);
      row.append(button);
      return row;
    }));
  }
});
