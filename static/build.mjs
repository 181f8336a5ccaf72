// Builds static/src into static/dist: one stylesheet, one script, two typefaces, one icon sprite.
//
//   node static/build.mjs [FOLDER]          FOLDER: elsewhere than static/dist
//
// Needs only Node and what `npm ci` installed; runs no package script, so the Node of a Python wheel will do.
// Every file gets its content's hash in its name, manifest.json maps plain names to hashed ones, and each text
// file gets a .br and a .gz beside it. The same sources give the same bytes.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SRC = join(ROOT, "static", "src");
const DIST = resolve(process.argv[2] ?? join(ROOT, "static", "dist"));
const WORK = `${DIST}.${process.pid}`;                        // swapped in whole: a running server never sees half a build
const OLD = `${WORK}.old`;
const QUARTERS = 100;                                         // the longest day of the year, in quarter hours
const TEXT = new Set([".css", ".js", ".json", ".svg", ".webmanifest"]);

/** Every file in css/components belongs to the stylesheet; nobody keeps a list of them. */
const components = {
  name: "components",
  setup(esbuild) {
    const only = { filter: /.*/, namespace: "components" };
    esbuild.onResolve({ filter: /^components$/ }, () => ({ path: "components", namespace: "components" }));
    esbuild.onLoad(only, async () => {
      const folder = join(SRC, "css", "components");
      const files = (await readdir(folder)).filter((name) => name.endsWith(".css")).sort();
      return { loader: "css", resolveDir: folder, contents: files.map((name) => `@import "./${name}";`).join("\n") };
    });
  },
};

/**
 * Places on a timeline as classes, because the page's policy forbids inline style:
 * f = from, t = to, a and b = the first and last quarter hour shown.
 */
const quarters = {
  name: "quarters",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^quarters$/ }, () => ({ path: "quarters", namespace: "quarters" }));
    esbuild.onLoad({ filter: /.*/, namespace: "quarters" }, () => ({
      loader: "css",
      contents: ["f", "t", "a", "b"]
        .map((name) => Array.from({ length: QUARTERS + 1 }, (_, at) => `.${name}${at}{--${name}:${at}}`).join("")).join("\n"),
    }));
  },
};

function hashed(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  return `${basename(name, extname(name))}-${hash}${extname(name)}`;
}

async function put(manifest, name, bytes) {
  manifest[name] = hashed(name, bytes);
  await writeFile(join(WORK, manifest[name]), bytes);
}

async function bundle(manifest) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    // The display at a door, the help and the interactive map have entries of their own: nobody else loads them. The
    // worker of the map must be a file of its own, whose address the map is told (`blob:` is not allowed).
    entryPoints: [
      "static/src/css/app.css", "static/src/css/kiosk.css", "static/src/css/map-live.css",
      "static/src/css/guide.css", "static/src/css/help.css", "static/src/css/months.css",
      "static/src/js/app.js", "static/src/js/desk-display.js", "static/src/js/display-worker.js",
      "static/src/js/map-live.js", "static/src/js/map-pmtiles.js", "maplibre-gl/dist/maplibre-gl-worker.mjs",
      // Floor plans: only their pages load these.
      "static/src/css/plans.css", "static/src/js/desk-plan.js", "static/src/js/plan-editor.js",
      // Figures of a house: its first page and its reports.
      "static/src/css/figures.css",
    ],
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    outdir: WORK,
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    legalComments: "none",
    metafile: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    loader: { ".woff2": "file" },
    plugins: [components, quarters],
    logLevel: "warning",
  });
  for (const [path, output] of Object.entries(metafile.outputs)) {
    const inputs = Object.keys(output.inputs);
    if (output.entryPoint) manifest[basename(output.entryPoint).replace(/\.mjs$/, ".js")] = basename(path);
    else if (inputs.length === 1) manifest[basename(inputs[0])] = basename(path);
  }
}

/** Only the drawings of the symbols: stroke and fill are the stylesheet's business. */
async function sprite(manifest) {
  const names = JSON.parse(await readFile(join(SRC, "icons.json"), "utf8"));
  const symbols = await Promise.all(names.map(async (name) => {
    const svg = await readFile(join(ROOT, "node_modules", "lucide-static", "icons", `${name}.svg`), "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner.trim().replace(/\s*\n\s*/g, "")}</symbol>`;
  }));
  const note = "<!-- Icons: Lucide, ISC licence, https://lucide.dev/license -->";
  await put(manifest, "icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${note}${symbols.join("")}</svg>\n`);
}

async function pictures(manifest) {
  for (const folder of [join(SRC, "img"), join(SRC, "help")]) {
    const names = (await readdir(folder)).filter((name) => !name.endsWith(".json")).sort();
    for (const name of names) await put(manifest, name, await readFile(join(folder, name)));
  }
}

/** The drawn map keeps its name, because the server reads it, not the browser; the tiles lie in a folder with a hash. */
async function map(manifest) {
  const script = (name) => import(pathToFileURL(join(SRC, "map", name)));
  await (await script("build.mjs")).build(WORK);
  await put(manifest, "basemap.json", JSON.stringify(await (await script("tiles.mjs")).build(WORK)));
}

async function compress() {
  for (const name of await readdir(WORK)) {
    if (!TEXT.has(extname(name))) continue;
    const bytes = await readFile(join(WORK, name));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    const zipped = gzipSync(bytes, { level: 9 });
    zipped[9] = 255;                                          // the "operating system" byte: the same on every machine
    await writeFile(join(WORK, `${name}.br`), brotliCompressSync(bytes, { params }));
    await writeFile(join(WORK, `${name}.gz`), zipped);
  }
}

async function main() {
  await rm(WORK, { recursive: true, force: true });
  await mkdir(WORK, { recursive: true });
  try {
    const manifest = {};
    await Promise.all([bundle(manifest), sprite(manifest), pictures(manifest)]);
    await map(manifest);
    await compress();
    const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
    await writeFile(join(WORK, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
    if (existsSync(DIST)) await rename(DIST, OLD);
    await rename(WORK, DIST);
  } finally {
    await rm(WORK, { recursive: true, force: true });
    await rm(OLD, { recursive: true, force: true });
  }
}

await main();
