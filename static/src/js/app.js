// The whole script of the site: htmx, live updates, and small islands. No words in here: they come from the page.
import "htmx.org/dist/htmx.esm.js";
import "htmx.org/dist/ext/hx-sse.js";
import "./islands/desk-copy.js";
import "./islands/desk-crop.js";
import "./islands/desk-flash.js";
import "./islands/desk-live.js";
import "./islands/desk-map.js";
import "./islands/desk-menu.js";
import "./islands/desk-near.js";
import "./islands/desk-passkey.js";
import "./islands/desk-sortable.js";
import "./islands/desk-timeline.js";

document.documentElement.classList.add("js");

// What the server marks takes the focus once: the complaint above a form, or the heading of a step that moved on,
// so that readers who listen hear it first.
function focusOnce() {
  const fresh = [...document.querySelectorAll("[data-focus]")].filter((mark) => mark.dataset.focus !== "done");
  for (const mark of fresh) mark.dataset.focus = "done";
  fresh[0]?.focus();
}
focusOnce();

// A bar of tabs that does not fit begins where one is.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const bar = tab.parentElement;
  bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
}
document.addEventListener("htmx:after:swap", focusOnce);
