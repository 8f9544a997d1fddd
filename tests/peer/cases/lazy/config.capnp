using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [
      (name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js"),
      (name = "throws.js", esModule = "throw new Error('at start');"),
      (name = "counts.js", esModule = "globalThis.evaluated = (globalThis.evaluated ?? 0) + 1; export const v = await 1;")],
    compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
