// Looks after /display alone: files from what is kept, the page and its board from the network, and from what is kept
// when that does not answer in four seconds. Only what a paired display was shown is kept.
const KEPT = "desk-display", FILES_MAX = 40, PATIENCE = 4_000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET") return;
  if (pathname.startsWith("/static/")) event.respondWith(file(event.request, pathname));
  else if (pathname === "/display" || pathname === "/display/now") event.respondWith(fresh(event.request, pathname));
});

async function file(request, path) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(path, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(path, answer.clone());
    const files = (await cache.keys()).filter((each) => new URL(each.url).pathname.startsWith("/static/"));
    for (const old of files.slice(0, -FILES_MAX)) await cache.delete(old, { ignoreVary: true });
  }
  return answer;
}

async function fresh(request, path) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status >= 500) throw answer;
    if (answer.headers.has("Desk-As-Of")) await cache.put(path, answer.clone());
    else for (const page of ["/display", "/display/now"]) await cache.delete(page, { ignoreVary: true });
    return answer;
  } catch (problem) {
    const kept = await cache.match(path, { ignoreVary: true });
    if (!kept) return problem instanceof Response ? problem : Response.error();
    const headers = new Headers(kept.headers);
    headers.set("Desk-Kept", "yes");
    return new Response(await kept.blob(), { status: kept.status, headers });
  }
}
