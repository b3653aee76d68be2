// Bundles the screens into web/static/dist with hashed names, and says in manifest.json which is which.
import { rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
rmSync(dist, { recursive: true, force: true });

const { metafile } = await build({
  entryPoints: [join(here, "src/app.ts"), join(here, "src/crew/crew.ts"), join(here, "src/crew/crew.css"), join(here, "src/desk/desk.ts"), join(here, "src/desk/desk.css"), join(here, "src/app.css"), join(here, "src/icon.svg"), join(here, "src/apple-touch-icon.png")],
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
  entryPoints: [join(here, "src/crew/crew_worker.ts")],
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
