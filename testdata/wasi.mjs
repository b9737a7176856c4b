// Runs a wasip1 program under node's WASI with the whole file system in sight:
//
//	GOOS=wasip1 GOARCH=wasm go test -exec "node --no-warnings $PWD/testdata/wasi.mjs" ./kernels
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import v8 from 'node:v8';
import { WASI } from 'node:wasi';

// In node 20 a collection during one of WASI's fast calls may follow a stale pointer and crash.
v8.setFlagsFromString('--no-turbo-fast-api-calls');

const args = process.argv.slice(2);
const wasi = new WASI({
  version: 'preview1',
  args,
  env: { ...process.env, PWD: process.cwd() },
  preopens: { '/': '/' },
});
const program = await WebAssembly.compile(await readFile(args[0]));
const instance = await WebAssembly.instantiate(program, wasi.getImportObject());
process.exitCode = wasi.start(instance);
