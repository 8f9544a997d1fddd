using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "origin", worker = (
      modules = [(name = "origin", esModule = embed "origin.js")], compatibilityDate = "2026-11-01")),
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js")],
      compatibilityDate = "2026-11-01", globalOutbound = "origin",
      bindings = [(name = "ORIGIN", service = "origin")]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
