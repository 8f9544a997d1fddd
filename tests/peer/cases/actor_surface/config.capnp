using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js")],
      bindings = [
        (name = "C", durableObjectNamespace = "Counter"),
        (name = "M", durableObjectNamespace = (className = "Counter", serviceName = "memory")),
        (name = "E", durableObjectNamespace = "Eph"),
        (name = "self", service = "main")],
      durableObjectNamespaces = [
        (className = "Counter", uniqueKey = "210bd0cbd803ef7883a1ee9d86cce06e", enableSql = true),
        (className = "Eph", ephemeralLocal = void)],
      durableObjectStorage = (localDisk = "stored"),
      compatibilityDate = "2026-07-01")),
    (name = "memory", worker = (
      modules = [(name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js")],
      durableObjectNamespaces = [(className = "Counter", uniqueKey = "memorykey")],
      durableObjectStorage = (inMemory = void),
      compatibilityDate = "2026-07-01")),
    (name = "stored", disk = (path = "stored", writable = true))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
