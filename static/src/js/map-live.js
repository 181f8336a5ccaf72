// The interactive map: everything of it that is ours, in one file. Loaded by <desk-map> when somebody asks for it.
//
// Pins are HTML over the drawn land: a button for each place and for each cluster, in the shapes of the drawn map, so that
// they have names, take the focus and look the same. No words in here: they come with the settings.
import { addProtocol, AttributionControl, Map as Land, Marker, NavigationControl, Popup, setWorkerUrl } from "maplibre-gl";
import Supercluster from "supercluster";

const CLOSEST = 12; // nothing on our own map is worth a closer look
const FARTHEST = 2;
const CLUSTER_PX = 52; // pins nearer than this become one (37 at worst, between two levels): each stays a target of its own
const NAMES_UNTIL = 5; // from here on the land has names of its own
const LOADED_WITHIN_MS = 20_000;
const STATES = ["free", "later", "full", "closed", "none"];
const FONT = "Atkinson Hyperlegible Next";
const still = matchMedia("(prefers-reduced-motion: reduce)");

const json = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
};

/** Put the interactive map in the place of the drawn one. Rejects where that cannot be, and leaves the drawn one there. */
export async function show(desk, { focus }) {
  const [settings, found] = await Promise.all([json(desk.dataset.settings), places(desk), stylesheet(desk.dataset.style)]);
  setWorkerUrl(settings.worker);
  const land = await styler(settings);
  const sheet = desk.querySelector(".map-sheet");
  const box = document.createElement("div");
  box.className = "map-live";
  sheet.before(box);
  const live = new LiveMap(desk, box, settings, found, land);
  try {
    await live.loaded();
  } catch (wrong) {
    live.remove();
    throw wrong;
  }
  sheet.setAttribute("hidden", "");
  box.classList.add("map-live-shown");
  live.begin();
  if (focus) live.land.getCanvas().focus({ preventScroll: true });
}

function stylesheet(address) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address, onload: resolve, onerror: reject });
    document.head.append(link);
  });
}

/** The places: those in the page, or else those the page names an address for. What the page lists leads there. */
async function places(desk) {
  const inside = desk.querySelector("script[type='application/json']");
  const told = inside ? JSON.parse(inside.textContent) : await json(desk.dataset.houses ?? desk.dataset.venues);
  const venues = told.venues.map(([id, name, city, lat, lon, state, address]) => {
    const [mood, words] = told.states[state];
    const listed = desk.dataset.houses && document.getElementById(`venue-${id}`);
    return { id, name, city: told.cities[city], lat, lon, state: mood, words, address: listed ? `#venue-${id}` : told.base + address + (told.after ?? "") };
  });
  return { venues, box: told.box };
}

class LiveMap {
  constructor(desk, box, settings, { venues, box: view }, style) {
    Object.assign(this, { desk, box, settings, words: settings.words, venues, style, markers: new globalThis.Map() });
    this.byId = new globalThis.Map(venues.map((venue) => [venue.id, venue]));
    this.land = new Land({
      container: box,
      style: style(),
      ...this.view(view),
      minZoom: FARTHEST,
      maxZoom: settings.basemap ? CLOSEST : 19,
      ...(settings.basemap && { maxBounds: grown(settings.basemap.bounds) }),
      renderWorldCopies: false,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: false,
      // On a phone one finger scrolls the page, two move the map; it says so.
      cooperativeGestures: matchMedia("(hover: none)").matches,
      locale: settings.locale,
      fadeDuration: still.matches ? 0 : 200,
    });
    this.land.touchZoomRotate.disableRotation();
    this.land.keyboard.disableRotation();
    this.land.addControl(new AttributionControl({ compact: false, customAttribution: settings.attribution }));
    this.land.addControl(new NavigationControl({ showCompass: false }), "top-left");
  }

  view(box) {
    if (box) return { bounds: box, fitBoundsOptions: { padding: 8 } };
    if (!this.venues.length) return { bounds: [-11, 35.5, 32, 61] };
    const [lons, lats] = [this.venues.map(({ lon }) => lon), this.venues.map(({ lat }) => lat)];
    const bounds = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
    return { bounds, fitBoundsOptions: { padding: { top: 76, bottom: 44, left: 56, right: 44 }, maxZoom: 9 } };
  }

  /** Resolves when the map stands; a worker that does not come gives no error at all, so it is not waited for for ever. */
  loaded() {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the map did not load")), LOADED_WITHIN_MS);
      this.land.on("error", ({ error }) => this.land.loaded() || console.info(error?.message));
      this.land.once("load", () => (clearTimeout(late), resolve()));
    });
  }

  begin() {
    this.group();
    this.names();
    this.land.on("styledata", () => this.names());
    this.land.on("moveend", () => this.pin());
    this.pin();
    this.searchHere();
    this.freeOnly();
    if (!this.settings.style) {
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.land.setStyle(this.style()));
    }
    document.addEventListener("desk:live", ({ detail }) => this.hear(detail));
  }

  remove() {
    this.land.remove();
    this.box.remove();
  }

  /** Which places stand together at which zoom. */
  group() {
    const shown = this.free?.checked ? this.venues.filter(({ state }) => state === "free") : this.venues;
    this.clusters = new Supercluster({ radius: CLUSTER_PX, extent: 512, maxZoom: this.land.getMaxZoom(), minPoints: 2 });
    this.clusters.load(shown.map((venue) => ({
      type: "Feature", properties: venue, geometry: { type: "Point", coordinates: [venue.lon, venue.lat] },
    })));
  }

  /** Set the pins that belong into this part of the map; those that stay keep their elements, and so the focus. */
  pin() {
    const bounds = this.land.getBounds();
    // Not a pin beyond the edge: nobody should come to what is not in sight by the tab key.
    const [area, zoom] = [bounds.toArray().flat(), Math.round(this.land.getZoom())];
    const wanted = new globalThis.Map();
    for (const found of this.clusters.getClusters(area, zoom)) {
      const cluster = found.properties.cluster ? found.properties.cluster_id : null;
      wanted.set(cluster === null ? `place ${found.properties.id}` : `cluster ${cluster}`, { found, cluster });
    }
    const focused = this.box.contains(document.activeElement) ? document.activeElement : null;
    let lost = null;
    for (const [key, marker] of this.markers) {
      if (wanted.has(key)) continue;
      if (marker.getElement() === focused) lost = marker.members;
      marker.remove();
      this.markers.delete(key);
    }
    // From north to south, so that the tab key goes through them in an order that can be foreseen.
    const order = [...wanted].sort(([, one], [, other]) => other.found.geometry.coordinates[1] - one.found.geometry.coordinates[1]);
    for (const [key, { found, cluster }] of order) {
      if (!this.markers.has(key)) this.markers.set(key, this.marker(found, cluster));
    }
    if (lost) this.takeFocus(lost);
    this.name();
  }

  /** What stands under and beside the pins: room that other names leave free, and from afar the name of the city. */
  names() {
    if (this.land.getSource("pins") || !this.land.isStyleLoaded()) return;
    const space = { width: 1, height: 1, data: new Uint8Array(4) };
    this.land.addImage("space", space);
    this.land.addSource("pins", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const layer = { type: "symbol", source: "pins" };
    if (this.settings.basemap) {
      this.land.addLayer({
        ...layer, id: "pin-names", maxzoom: NAMES_UNTIL,
        layout: {
          "text-field": ["get", "city"], "text-font": [FONT], "text-size": 14, "symbol-sort-key": ["-", 0, ["get", "many"]],
          "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 1.35, "text-padding": 1,
        },
        paint: { "text-color": colour("ink"), "text-halo-color": colour("land"), "text-halo-width": 2 },
      });
    }
    this.land.addLayer({ ...layer, id: "pin-room", layout: { "icon-image": "space", "icon-padding": 13, "icon-allow-overlap": true } });
    this.name();
  }

  name() {
    const features = [...this.markers.values()].map(({ members, at: [lng, lat] }) => ({
      type: "Feature", properties: { city: cityOf(members), many: members.length }, geometry: { type: "Point", coordinates: [lng, lat] },
    }));
    this.land.getSource("pins")?.setData({ type: "FeatureCollection", features });
  }

  takeFocus(lost) {
    for (const marker of this.markers.values()) {
      if (marker.members.some((venue) => lost.includes(venue))) return marker.getElement().focus({ preventScroll: true });
    }
    this.land.getCanvas().focus({ preventScroll: true });
  }

  marker(found, cluster) {
    const members = cluster === null ? [this.byId.get(found.properties.id)]
      : this.clusters.getLeaves(cluster, Infinity).map(({ properties }) => this.byId.get(properties.id));
    const button = document.createElement("button");
    button.type = "button";
    dress(this.desk, button, members, this.words);
    const marker = new Marker({ element: button }).setLngLat(found.geometry.coordinates).addTo(this.land);
    Object.assign(marker, { members, at: found.geometry.coordinates });
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      if (cluster === null) this.card(marker);
      else this.open(marker, cluster);
    });
    return marker;
  }

  /** A cluster opens: closer, until its places part; where they stand on one spot, as a list. */
  open(marker, cluster) {
    const zoom = this.clusters.getClusterExpansionZoom(cluster);
    if (zoom > this.land.getMaxZoom()) return this.card(marker);
    const to = { center: marker.getLngLat(), zoom: Math.min(zoom, this.land.getMaxZoom()) };
    if (still.matches) this.land.jumpTo(to);
    else this.land.easeTo(to);
  }

  card(marker) {
    const card = document.createElement("div");
    card.className = "map-card";
    this.popup?.remove();
    for (const venue of marker.members) card.append(this.told(venue));
    this.popup = new Popup({ offset: 20, maxWidth: "18rem" }).setLngLat(marker.getLngLat()).setDOMContent(card).addTo(this.land);
    this.popup.members = marker.members;
    this.popup.getElement().addEventListener("keydown", ({ key }) => key === "Escape" && this.popup.remove());
    this.popup.on("close", () => {
      if (!document.activeElement || document.activeElement === document.body) marker.getElement().focus({ preventScroll: true });
    });
  }

  told(venue) {
    const [part, name, place, state, link] = ["div", "strong", "span", "span", "a"].map((tag) => document.createElement(tag));
    name.textContent = venue.name;
    place.textContent = venue.city;
    state.className = `tag tag-${venue.state}`;
    state.append(Object.assign(document.createElement("span"), { textContent: venue.words }));
    Object.assign(link, { href: venue.address, textContent: this.words.see });
    link.setAttribute("aria-label", `${this.words.see}: ${venue.name}`);
    if (venue.address.startsWith("#")) link.addEventListener("click", () => this.popup.remove());
    part.append(name, place, state, link);
    return part;
  }

  /** The link that searches what is in sight, with the rest of the search as it stands in the form. */
  searchHere() {
    const link = Object.assign(document.createElement("a"), { className: "button button-primary map-here", textContent: this.words.here });
    const aim = () => { link.href = this.addressHere(); };
    for (const moment of ["pointerenter", "focus", "click", "auxclick"]) link.addEventListener(moment, aim, { capture: true });
    this.land.on("moveend", aim);
    aim();
    this.box.append(link);
  }

  addressHere() {
    const form = document.querySelector("form[role=search]");
    const asked = new URLSearchParams();
    for (const [name, value] of form ? new FormData(form) : []) {
      if (value && !["where", "lat", "lon", "radius", "box", "page"].includes(name)) asked.append(name, value);
    }
    const bounds = this.land.getBounds();
    const corners = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    asked.set("box", corners.map((degrees) => degrees.toFixed(3)).join(","));
    return `${this.settings.search}?${asked}`.replaceAll("%2C", ",");
  }

  /** The switch that leaves only what is free now; below the land, where it covers no pin. Not where a search's pins stand: they do not tell of this moment. */
  freeOnly() {
    if (!this.desk.dataset.venues) return;
    const [part, label, told] = ["div", "label", "p"].map((tag) => document.createElement(tag));
    this.free = Object.assign(document.createElement("input"), { type: "checkbox", autocomplete: "off" });
    part.className = "map-free";
    label.append(this.free, this.words.free_only);
    told.role = "status";
    this.free.addEventListener("change", () => this.regroup());
    this.tellFree = () => {
      const many = this.free.checked && this.venues.filter(({ state }) => state === "free").length;
      const words = many === false ? "" : many === 1 ? this.words.shown_one : this.words.shown_many;
      const now = words.replace("%(n)s", many).replace("%(all)s", this.venues.length);
      if (told.textContent !== now) told.textContent = now;
    };
    part.append(label, told);
    this.box.after(part);
  }

  /** Other places are shown than before: clusters are counted anew, and a card of a place that went goes too. */
  regroup() {
    const focused = [...this.markers].find(([, marker]) => marker.getElement() === document.activeElement);
    const open = this.popup?.isOpen() && this.popup.members;
    this.group();
    // The numbers of clusters mean others now, so none keeps its pin; a place alone keeps its own.
    for (const [key, marker] of this.markers) {
      if (!key.startsWith("cluster")) continue;
      marker.remove();
      this.markers.delete(key);
    }
    this.pin();
    if (open && this.free.checked && !open.some(({ state }) => state === "free")) this.popup.remove();
    if (focused && !focused[1].getElement().isConnected) this.takeFocus(focused[1].members);
    this.tellFree();
  }

  /** What the server tells while the page is open: new states of places, by id. */
  hear({ states, venues }) {
    // A search's pins say what was asked for, and not this moment.
    if (!this.desk.dataset.venues) return;
    let [changed, moved] = [false, false];
    for (const [id, number] of venues) {
      const venue = this.byId.get(id);
      if (!venue) continue;
      const before = venue.state;
      [venue.state, venue.words] = states[number];
      moved ||= (before === "free") !== (venue.state === "free");
      changed = true;
    }
    if (!changed) return;
    if (moved && this.free.checked) this.regroup();
    for (const marker of this.markers.values()) dress(this.desk, marker.getElement(), marker.members, this.words);
  }
}

/** Make a button look and read as the pin of these places. */
function dress(desk, button, members, words) {
  const mood = moodOf(members);
  const sign = desk.querySelector("template").content.querySelector(`[data-sign=${members.length > 1 ? "many" : mood}]`).cloneNode(true);
  if (members.length > 1) {
    const count = sign.querySelector("text");
    count.textContent = members.length;
    count.classList.toggle("map-count-long", members.length > 999);
  }
  for (const name of [...button.classList]) if (name.startsWith("map-pin")) button.classList.remove(name);
  button.classList.add("map-live-pin", `map-pin-${mood}`);
  button.replaceChildren(sign);
  button.setAttribute("aria-label", nameOf(members, words));
}

/** As booking/search/map.py says it: beside a place to book, those where one only asks are silent, and so are closed ones. */
function moodOf(members) {
  const all = new Set(members.map(({ state }) => state));
  const telling = STATES.filter((state) => all.has(state) && !["none", "closed"].includes(state));
  const left = telling.length ? telling : STATES.filter((state) => all.has(state) && state !== "none");
  const moods = left.length ? left : [...all];
  return moods.length === 1 ? moods[0] : "mixed";
}

function nameOf(members, words) {
  const [first] = members;
  if (members.length === 1) return `${first.name}, ${first.city}: ${first.words}`;
  const city = cityOf(members);
  const place = members.every((one) => one.city === city) ? city : words.around.replace("%(city)s", city);
  const free = members.filter(({ state }) => state === "free").length;
  const told = (free === 1 ? words.free_one : words.free_many).replace("%(n)s", free);
  const many = words.places.replace("%(n)s", members.length);
  return free ? `${place}: ${many}, ${told}` : `${place}: ${many}`;
}

/** The city with the most of them. */
function cityOf(members) {
  const tally = {};
  for (const { city } of members) tally[city] = (tally[city] ?? 0) + 1;
  return Object.entries(tally).sort((one, other) => other[1] - one[1])[0][0];
}

function grown([west, south, east, north]) {
  return [west - 8, south - 4, east + 8, Math.min(north + 3, 84)];
}

/** A colour of the page as the map takes it: it knows neither var() nor light-dark(). */
function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** What makes the style of the land: somebody else's, one over the operator's tiles, or our own. */
async function styler(settings) {
  if (settings.style) return () => settings.style;
  if (!settings.pmtiles) return () => style(settings);
  const reader = await import(settings.reader);
  return () => reader.style(addProtocol, {
    address: new URL(settings.pmtiles, location.href).href, language: settings.language, dark: isDark(), font: FONT, faces: faces(settings.fonts),
  });
}

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
};
const faces = (fonts) => fonts.map(([url, ranges]) => ({ url: new URL(url, location.href).href, "unicode-range": ranges }));

/** Our own basemap as a style: every border is dashed, and names stand in the reader's language where we know it. */
function style({ basemap, fonts, countries, towns }) {
  const inLanguage = (names, key) => ["coalesce", ["get", ["get", key], ["literal", names]], ["get", key]];
  const named = (size, ink) => ({
    layout: { "text-font": [FONT], "text-size": size, "text-max-width": 7, "text-padding": 4 },
    paint: { "text-color": colour(ink), "text-halo-color": colour("land"), "text-halo-width": 1.5 },
  });
  const [country, town] = [named(["interpolate", ["linear"], ["zoom"], 3, 11, 6, 15], "ink-2"), named(13, "ink-2")];
  const border = (disputed, dashes) => ({
    id: `borders-${disputed}`, type: "line", source: "europe", "source-layer": "borders", filter: ["==", ["get", "disputed"], disputed],
    paint: { "line-color": colour("edge"), "line-dasharray": dashes, "line-width": ["interpolate", ["linear"], ["zoom"], 3, 0.8, 8, 1.6] },
  });
  const filled = (id, ink, more) => ({ id, type: "fill", source: "europe", "source-layer": id, paint: { "fill-color": colour(ink), ...more } });
  return {
    version: 8,
    "font-faces": { [FONT]: faces(fonts) },
    sources: { europe: { type: "vector", ...basemap, tiles: basemap.tiles.map((tile) => new URL(location.origin).origin + tile) } },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": colour("sea") } },
      // Without smoothing, or a faint line would show where two countries meet.
      filled("land", "land", { "fill-antialias": false }),
      { id: "coast", type: "line", source: "europe", "source-layer": "coast", paint: { "line-color": colour("edge"), "line-width": 0.75 } },
      filled("lakes", "sea"),
      {
        id: "rivers", type: "line", source: "europe", "source-layer": "rivers", minzoom: 4,
        paint: { "line-color": colour("water"), "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.6, 10, 2.5] },
      },
      border(0, [3, 3]),
      border(1, [1, 4]),
      {
        id: "towns", type: "symbol", source: "europe", "source-layer": "towns", minzoom: 5, filter: ["<=", ["get", "zoom"], ["zoom"]], ...town,
        layout: {
          ...town.layout, "text-field": inLanguage(towns, "name"), "symbol-sort-key": ["-", 0, ["get", "size"]],
          "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 1.1,
          "text-size": ["interpolate", ["linear"], ["get", "size"], 120, 12, 200, 15],
        },
      },
      {
        id: "countries", type: "symbol", source: "europe", "source-layer": "countries", maxzoom: 8, ...country,
        filter: ["<=", ["get", "rank"], ["-", ["zoom"], 2]],
        layout: { ...country.layout, "text-field": inLanguage(countries, "code"), "text-letter-spacing": 0.06, "symbol-sort-key": ["get", "rank"] },
      },
    ],
  };
}
