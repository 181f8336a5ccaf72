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
import "./islands/desk-zone.js";

document.documentElement.classList.add("js");

// What the server marks takes the focus once: the complaint above a form, or the heading of a step that moved on,
// so that readers who listen hear it first.
function focusOnce() {
  const fresh = [...document.querySelectorAll("[data-focus]")].filter((mark) => mark.dataset.focus !== "done");
  for (const mark of fresh) mark.dataset.focus = "done";
  fresh[0]?.focus();
}

// "This is needed." three times tells nobody where: each complaint of a summary begins with the name of its field.
function nameComplaints() {
  for (const link of document.querySelectorAll(".error-summary a:not([data-named])")) {
    const field = document.getElementById(link.hash.slice(1));
    const name = (field?.labels?.[0] ?? field?.querySelector("legend"))?.firstChild.textContent.trim();
    link.dataset.named = "";
    if (name) link.prepend(`${name}: `);
  }
}
nameComplaints();
focusOnce();

// What not every page has comes when it is there.
function fetchIslands() {
  if (document.querySelector("desk-timeline, desk-month")) import("./islands/desk-timeline.js");
}
fetchIslands();

// A bar of tabs that does not fit begins where one is.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const bar = tab.parentElement;
  bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
}
document.addEventListener("htmx:after:swap", () => {
  nameComplaints();
  focusOnce();
  fetchIslands();
});

// What was pressed is sent once, and looks so until the next page is there. Coming back makes it fresh again.
function freshen() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy=true]")) button.removeAttribute("aria-busy");
}
const STILL_WAITING_MS = 15_000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || (event.submitter?.getAttribute("formmethod") ?? form.method) !== "post") return;
  if (offline() || "sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(freshen, STILL_WAITING_MS);
});
addEventListener("pageshow", freshen);

// Without a connection nothing is sent, so that nothing typed is lost to the browser's own page.
function offline() {
  const banner = document.querySelector("[data-offline]");
  if (banner) banner.hidden = navigator.onLine;
  return !navigator.onLine;
}
addEventListener("online", offline);
addEventListener("offline", offline);
offline();
