// Where the operator hosts a file of tiles (a Protomaps extract): reads it by ranges, and how it is drawn.
// Loaded by map-live.js only where MAP_SOURCE says so.
import { layers, namedFlavor } from "@protomaps/basemaps";
import { PMTiles, Protocol } from "pmtiles";

/** A style over the file at `address`, its labels in `language` and in our own typeface; the protocol is made known first. */
export function style(addProtocol, { address, language, dark, font, faces, attribution }) {
  const protocol = new Protocol();
  protocol.add(new PMTiles(address));
  addProtocol("pmtiles", protocol.tile);
  // Icons would need a sheet of pictures from elsewhere; whoever draws names has one typeface only.
  const drawn = layers("land", namedFlavor(dark ? "dark" : "light"), { lang: language }).map((layer) => {
    if (layer.type !== "symbol") return layer;
    const { "icon-image": _icon, ...layout } = layer.layout;
    return { ...layer, layout: { ...layout, ...(layout["text-field"] && { "text-font": [font] }) } };
  }).filter((layer) => layer.type !== "symbol" || layer.layout["text-field"]);
  return {
    version: 8,
    "font-faces": { [font]: faces },
    sources: { land: { type: "vector", url: `pmtiles://${address}`, attribution } },
    layers: drawn,
  };
}
