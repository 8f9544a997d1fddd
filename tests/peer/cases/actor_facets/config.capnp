using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "stored", disk = (path = "stored", writable = true)),
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js")],
      bindings = [
        (name = "NS", durableObjectNamespace = "Root"),
        (name = "COUNTER", durableObjectClass = (name = "main", entrypoint = "Counter")),
        (name = "WITH_PROPS", durableObjectClass = (name = "main", entrypoint = "Counter", props = (json = "{\"from\":\"binding\"}")))],
      durableObjectNamespaces = [(className = "Root", uniqueKey = "root-key", enableSql = true)],
      durableObjectStorage = (localDisk = "stored"),
      compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
