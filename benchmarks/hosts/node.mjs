// Executes a WASI program in Node: node --no-warnings node.mjs MODULE [ARGUMENT...]
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const [module, ...rest] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: ["program", ...rest], returnOnExit: true });
const compiled = new WebAssembly.Module(readFileSync(module));
const instance = new WebAssembly.Instance(compiled, wasi.getImportObject());
process.exitCode = wasi.start(instance);
