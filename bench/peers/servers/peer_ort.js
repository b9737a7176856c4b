// Times ONNX Runtime on the generators that generator.go writes: node peer_ort.js DIR, with onnxruntime-node in
// NODE_PATH and the number of threads in OMP_NUM_THREADS. DIR holds FORM.onnx, and the folder of that the latents, z.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const ort = require("onnxruntime-node");

const dir = process.argv[2];
const threads = Number(process.env.OMP_NUM_THREADS);
const sessions = {};

const now = () => Number(process.hrtime.bigint()) * 1e-9;

// measure calls f for about so many seconds. Calls shorter than 50 microseconds are timed several together.
async function measure(seconds, f) {
  await f();
  let t = now();
  await f();
  const each = Math.max(1, Math.floor(50e-6 / (now() - t + 1e-9)));
  const times = [];
  for (const begin = now(); times.length < 3 || now() - begin < seconds;) {
    t = now();
    for (let i = 0; i < each; i++) await f();
    times.push((now() - t) / each);
  }
  times.sort((a, b) => a - b);
  const n = times.length;
  return {
    median: n % 2 ? times[(n - 1) / 2] : (times[n / 2 - 1] + times[n / 2]) / 2,
    best: times[0],
    calls: n * each,
  };
}

async function answer(q) {
  if (q.op !== "onnx") return { error: "unknown operation" };
  sessions[q.form] ??= await ort.InferenceSession.create(path.join(dir, q.form + ".onnx"), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
  const z = new Float32Array(new Uint8Array(fs.readFileSync(path.join(dir, path.dirname(q.form), "z"))).buffer, 0, q.m * q.k);
  const feeds = { z: new ort.Tensor("float32", z, [q.m, q.k]) };
  let out;
  const a = await measure(q.seconds, async () => { out = await sessions[q.form].run(feeds); });
  // An image is bytes or numbers from 0 to 1, what is signed numbers from -1 to 1.
  const pixels = out.image ?? out.signed;
  const [scale, offset] = pixels.type === "uint8" ? [1 / 127.5, 1] : out.image ? [2, 1] : [1, 0];
  a.sum = a.abs = 0;
  pixels.data.forEach((v, i) => {
    const x = (v * scale - offset) * (1 + i % 61);
    a.sum += x;
    a.abs += Math.abs(x);
  });
  return a;
}

async function main() {
  const { version } = require("onnxruntime-node/package.json");
  console.log(JSON.stringify({ name: "ONNX Runtime", version: `${version}, node ${process.versions.node}` }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let a;
    try {
      a = await answer(JSON.parse(line));
    } catch (e) {
      a = { error: String(e) };
    }
    console.log(JSON.stringify(a));
  }
}

main();
