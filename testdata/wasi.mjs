// Runs a wasip1 program under node's WASI with the whole file system in sight:
//
//	GOOS=wasip1 GOARCH=wasm go test -exec "node --no-warnings $PWD/testdata/wasi.mjs" ./kernels
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { WASI } from 'node:wasi';

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
