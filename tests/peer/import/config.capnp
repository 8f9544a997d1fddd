using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "disk", disk = (path = "store", writable = true)),
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      durableObjectNamespaces = [
        (className = "Many", uniqueKey = "import-Many", enableSql = true),
        (className = "Plain", uniqueKey = "import-Plain")],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [(name = "MANY", durableObjectNamespace = "Many"), (name = "PLAIN", durableObjectNamespace = "Plain")],
      compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
