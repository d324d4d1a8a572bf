// Asks Perfetto's own trace processor about traces: node query.mjs ASSETS QUERIES TRACE...
//
// ASSETS is the folder with the WebAssembly build of the trace processor as the user interface of Perfetto ships it
// (engine_bundle.node.js, engine.mjs, trace_processor.wasm); QUERIES a JSON object from names to SQL. Prints a JSON array
// with an object for each trace: from the names to the rows, each an object from columns to values.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";

const [assets, queries, ...traces] = process.argv.slice(2);
const wasm = readFileSync(join(assets, "trace_processor.wasm"));

// The engine expects a worker of a browser, which fetches its module at once.
globalThis.self = globalThis;
globalThis.location = { href: "file:///engine" };
globalThis.WorkerGlobalScope = class {};
globalThis.XMLHttpRequest = class {
  open() {}
  send() {
    this.response = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength);
  }
};
console.log = console.error;
console.warn = () => {};

const bundle = readFileSync(join(assets, "engine_bundle.node.js"), "utf8");
const { EngineBase } = await import(join(assets, "engine.mjs"));

class Engine extends EngineBase {
  constructor(trace) {
    super();
    this.id = trace;
    this.mode = "WASM";
    // Each bundle that runs is an engine of its own.
    runInThisContext(bundle);
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    port1.onmessage = (message) => this.onRpcResponseBytes(message.data);
    globalThis.onmessage({ data: port2 });
  }

  rpcSendRequestBytes(data) {
    this.port.postMessage(data);
  }
}

const plain = (value) => (typeof value === "bigint" ? Number(value) : value);
const found = [];
for (const trace of traces) {
  const engine = new Engine(trace);
  await engine.parse(new Uint8Array(readFileSync(trace)));
  await engine.notifyEof();
  const answers = {};
  for (const [name, sql] of Object.entries(JSON.parse(queries))) {
    const result = await engine.query(sql);
    const rows = [];
    for (const row = result.iter({}); row.valid(); row.next()) {
      rows.push(Object.fromEntries(result.columns().map((column) => [column, plain(row.get(column))])));
    }
    answers[name] = rows;
  }
  found.push(answers);
}
process.stdout.write(JSON.stringify(found) + "\n", () => process.exit(0));
