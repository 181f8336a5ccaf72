// The whole script of the site: htmx, live updates, and four small islands. No words in here: they come from the page.
import "htmx.org/dist/htmx.esm.js";
import "htmx.org/dist/ext/hx-sse.js";
import "./islands/desk-flash.js";
import "./islands/desk-menu.js";
import "./islands/desk-near.js";
import "./islands/desk-timeline.js";

document.documentElement.classList.add("js");

// After a swap that moves on, the new heading takes the focus, so that readers who listen hear where they are.
document.addEventListener("htmx:after:swap", () => {
  document.querySelector("[data-focus]:not([data-focused])")?.focus();
  document.querySelectorAll("[data-focus]").forEach((heading) => heading.setAttribute("data-focused", ""));
});
