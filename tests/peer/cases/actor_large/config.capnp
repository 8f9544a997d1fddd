using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "stored", disk = (path = "stored", writable = true)),
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js"), (name = "harness", esModule = embed "harness.js")],
      bindings = [
        (name = "NS", durableObjectNamespace = "Subject"),
        (name = "OTHER", durableObjectNamespace = "Other"),
        (name = "named", service = (name = "main", entrypoint = "Named"))],
      durableObjectNamespaces = [
        (className = "Subject", uniqueKey = "subject-key", enableSql = true),
        (className = "Other", uniqueKey = "other-key")],
      durableObjectStorage = (localDisk = "stored"),
      compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
