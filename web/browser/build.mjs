// Bundles the screens into web/static/dist with hashed names, and says in manifest.json which is which.
import { rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(here);
const dist = join(web, "static/dist");
rmSync(dist, { recursive: true, force: true });

const { metafile } = await build({
  entryPoints: [
    join(here, "app.ts"),
    join(web, "crew/browser/crew.ts"),
    join(web, "crew/browser/crew.css"),
    join(web, "desk/browser/desk.ts"),
    join(web, "desk/browser/desk.css"),
    join(here, "app.css"),
    join(here, "print.css"),
    join(here, "icon.svg"),
    join(here, "apple-touch-icon.png"),
  ],
  loader: { ".svg": "copy", ".png": "copy" },
  bundle: true,
  // The desk's own bundle shares htmx and the live socket with app.js: one instance of each on a page.
  splitting: true,
  chunkNames: "shared-[hash]",
  minify: true,
  sourcemap: "linked",
  target: ["es2022", "chrome100", "safari15"],
  format: "esm",
  outdir: dist,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  metafile: true,
  logLevel: "info",
});

// A service worker is one plain script of its own.
const { metafile: worker } = await build({
  entryPoints: [join(web, "crew/browser/crew_worker.ts")],
  bundle: true,
  minify: true,
  target: ["es2022", "chrome100", "safari15"],
  format: "iife",
  outdir: dist,
  entryNames: "[name]-[hash]",
  metafile: true,
  logLevel: "info",
});

const manifest = {};
for (const [path, output] of Object.entries({ ...metafile.outputs, ...worker.outputs })) {
  if (output.entryPoint) manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = basename(path);
}
writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest));
