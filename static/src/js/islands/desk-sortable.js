// <desk-sortable>: a list whose rows can be dragged into another order, which its form then sends.
//
//   <desk-sortable><form>…<ul><li draggable><input type="hidden" name="ids" value="…">…</li></ul></form></desk-sortable>
//
// Dragging is the quick way; the buttons of each row do the same, one place at a time, and work without a script.
customElements.define("desk-sortable", class extends HTMLElement {
  connectedCallback() {
    const list = this.querySelector("ul");
    const form = this.querySelector("form[data-order]");
    if (!list || !form) return;
    let held = null;
    for (const row of list.children) row.draggable = true;
    list.addEventListener("dragstart", (event) => {
      held = event.target.closest("li");
      held?.classList.add("photo-held");
      event.dataTransfer.effectAllowed = "move";
    });
    list.addEventListener("dragover", (event) => {
      const over = event.target.closest("li");
      if (!held || !over || over === held || over.parentElement !== list) return;
      event.preventDefault();
      const box = over.getBoundingClientRect();
      list.insertBefore(held, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
    });
    list.addEventListener("drop", (event) => event.preventDefault());
    list.addEventListener("dragend", () => {
      held?.classList.remove("photo-held");
      held = null;
      const before = [...form.querySelectorAll("[name=ids]")].map((field) => field.value).join();
      const ids = [...list.querySelectorAll("[data-id]")].map((row) => row.dataset.id);
      if (ids.join() === before) return;
      form.querySelectorAll("[name=ids]").forEach((field, place) => { field.value = ids[place]; });
      form.requestSubmit();
    });
  }
});
