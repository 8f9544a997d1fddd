using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [
      (name = "worker", esModule = embed "worker.js"),
      (name = "harness", esModule = embed "harness.js"),
      (name = "lib/counter.js", esModule = "export let n = 0; export function up() { return ++n; } export default class Named { static who = 'named'; } export * as self from './counter.js';"),
      (name = "lib/again.js", esModule = "export { up as more, default } from './counter.js'; export * from './counter.js'; import { up } from './counter.js'; up();"),
      (name = "text.txt", text = "some text\n"),
      (name = "bytes.bin", data = "\x01\x02abc"),
      (name = "obj.json", json = "{\"a\": [1, {\"b\": null}]}"),
      (name = "old.cjs", commonJsModule = "exports.a = 1; exports.name = 'cjs'; exports.t = require('./old2.cjs').v; exports.f = function () { return typeof module + typeof exports + typeof require; };"),
      (name = "old2.cjs", commonJsModule = "module.exports = { v: 'two' };"),
      (name = "later.js", esModule = "export const value = await new Promise((r) => r('awaited')); export default async () => value;"),
      (name = "cycle-a.js", esModule = "import { b } from './cycle-b.js'; export const a = 'a'; export const viaB = () => b(); "),
      (name = "cycle-b.js", esModule = "import { a } from './cycle-a.js'; export function b() { return 'b' + a; }")
    ],
    bindings = [(name = "TEXT", text = "bound"), (name = "JSON_", json = "{\"k\": [1]}"), (name = "BYTES", data = "\x00\x01")],
    compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
