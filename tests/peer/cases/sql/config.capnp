using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "disk", disk = (path = "store", writable = true)),
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js")],
      durableObjectNamespaces = [(className = "Database", uniqueKey = "sql", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [(name = "ns", durableObjectNamespace = "Database")],
      compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
