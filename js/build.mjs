// Bundles every view into src/torchloupe/static. `--check` only compares with what is committed.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const views = join(here, "src", "views");
const target = join(here, "..", "src", "torchloupe", "static");
// Every widget instance carries its bundle, so its size is paid again and again.
const largest = 60 * 1024;
const checking = process.argv.includes("--check");

async function bundle(entry, output) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
  });
  return { name: output, text: result.outputFiles[0].text };
}

async function save({ name, text }) {
  const size = Buffer.byteLength(text);
  if (size > largest) throw new Error(`${name} is ${size} bytes; a bundle may have ${largest}`);
  const path = join(target, name);
  const current = await readFile(path, "utf8").catch(() => "");
  if (checking && current !== text) throw new Error(`${name} is not what the sources build`);
  if (current !== text) await writeFile(path, text);
  console.log(`${name.padEnd(24)} ${String(size).padStart(6)} bytes`);
}

await mkdir(target, { recursive: true });
for (const name of (await readdir(views)).sort()) {
  await save(await bundle(join(views, name), name.replace(/\.ts$/, ".js")));
}
await save(await bundle(join(here, "src", "graph_layout.ts"), "graph_layout.js"));
await save(await bundle(join(here, "src", "torchloupe.css"), "torchloupe.css"));
