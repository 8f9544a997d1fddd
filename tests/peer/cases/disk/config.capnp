using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "read", disk = (path = "files")),
    (name = "write", disk = (path = "files", writable = true)),
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2026-11-01",
      bindings = [(name = "READ", service = "read"), (name = "WRITE", service = "write")]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
