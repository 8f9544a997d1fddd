using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js")],
      bindings = [
        (name = "other", service = "other"),
        (name = "named", service = (name = "other", entrypoint = "Named")),
        (name = "propped", service = (name = "other", entrypoint = "Named", props = (json = "{\"who\": \"me\"}"))),
        (name = "plain", service = (name = "other", entrypoint = "plain")),
        (name = "thrower", service = (name = "other", entrypoint = "thrower"))],
      compatibilityDate = "2026-11-01")),
    (name = "other", worker = (modules = [(name = "other", esModule = embed "other.js")], compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
