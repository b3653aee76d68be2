// Runs the unit tests of the browser code (tests/unit/web/**/*.test.ts) by node's own runner: no browser, no element.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const tests = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "tests/unit/web");
const found = readdirSync(tests, { recursive: true })
  .filter((path) => path.endsWith(".test.ts"))
  .map((path) => join(tests, path));
if (found.length === 0) throw new Error(`no tests under ${tests}`);
const out = mkdtempSync(join(tmpdir(), "hotline-browser-tests-"));
try {
  const { metafile } = await build({
    entryPoints: found,
    bundle: true,
    platform: "node",
    target: "node18",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    outdir: out,
    sourcemap: "inline",
    metafile: true,
  });
  const bundles = Object.keys(metafile.outputs);
  const { status } = spawnSync(
    process.execPath,
    ["--enable-source-maps", "--test", "--test-reporter=spec", ...bundles],
    { stdio: "inherit" },
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true });
}
