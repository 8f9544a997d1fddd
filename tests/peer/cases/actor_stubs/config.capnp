using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js")],
      bindings = [
        (name = "C", durableObjectNamespace = "Counter"),
        (name = "P", durableObjectNamespace = "Plain"),
        (name = "B", durableObjectNamespace = "Bad"),
        (name = "E", durableObjectNamespace = "Eph"),
        (name = "named", service = (name = "main", entrypoint = "Named")),
        (name = "plain", service = (name = "main", entrypoint = "plainObj")),
        (name = "self", service = "main")],
      durableObjectNamespaces = [
        (className = "Counter", uniqueKey = "210bd0cbd803ef7883a1ee9d86cce06e", enableSql = true),
        (className = "Plain", uniqueKey = "plainkey"),
        (className = "Bad", uniqueKey = "badkey"),
        (className = "Eph", ephemeralLocal = void)],
      durableObjectStorage = (inMemory = void),
      compatibilityDate = "2026-07-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
