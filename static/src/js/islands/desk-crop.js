// <desk-crop>: a frame on a picture that fills the four numbers of its form (how many percent each side loses).
// The numbers are the equal way: typing them moves the frame.
const LEAST = 10;
customElements.define("desk-crop", class extends HTMLElement {
  connectedCallback() {
    const picture = this.querySelector(".crop");
    if (!picture) return;
    this.fields = Object.fromEntries(["left", "top", "right", "bottom"].map((name) => [name, this.querySelector(`[name=${name}]`)]));
    this.frame = document.createElement("span");
    this.frame.className = "crop-frame";
    picture.append(this.frame);
    this.#draw();
    this.addEventListener("input", () => this.#draw());
    this.frame.addEventListener("pointerdown", (event) => this.#hold(event, picture.getBoundingClientRect()));
  }

  #now() {
    return Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, Number(field.value) || 0]));
  }

  #draw() {
    const now = this.#now();
    for (const side of Object.keys(now)) this.frame.style[side] = `${now[side]}%`;
  }

  #hold(event, box) {
    event.preventDefault();
    const from = this.#now();
    const edge = this.frame.getBoundingClientRect();
    const grows = event.clientX > edge.right - 24 && event.clientY > edge.bottom - 24;
    const move = ({ clientX, clientY }) => {
      const x = Math.round(((clientX - event.clientX) / box.width) * 100);
      const y = Math.round(((clientY - event.clientY) / box.height) * 100);
      const clamp = (value, most) => Math.min(Math.max(value, 0), most);
      if (grows) {
        this.fields.right.value = clamp(from.right - x, 100 - from.left - LEAST);
        this.fields.bottom.value = clamp(from.bottom - y, 100 - from.top - LEAST);
      } else {
        const [dx, dy] = [clamp(from.left + x, from.left + from.right) - from.left, clamp(from.top + y, from.top + from.bottom) - from.top];
        this.fields.left.value = from.left + dx;
        this.fields.right.value = from.right - dx;
        this.fields.top.value = from.top + dy;
        this.fields.bottom.value = from.bottom - dy;
      }
      this.#draw();
    };
    this.frame.setPointerCapture(event.pointerId);
    this.frame.addEventListener("pointermove", move);
    this.frame.addEventListener("pointerup", () => this.frame.removeEventListener("pointermove", move), { once: true });
  }
});
