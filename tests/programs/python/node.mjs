// Runs a module in Node with one directory preopened as /data, its other arguments passed on:
// node node.mjs MODULE DIRECTORY ARGUMENTS...
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [file, directory, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: ["python", ...args], preopens: { "/data": directory }, returnOnExit: true });
const { instance } = await WebAssembly.instantiate(await readFile(file), wasi.getImportObject());
process.exitCode = wasi.start(instance);
