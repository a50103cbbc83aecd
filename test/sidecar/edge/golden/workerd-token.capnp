using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "storage", disk = (path = "/a \"b\"\\c", writable = true)),
  ],
  sockets = [(name = "http", address = "[::]:8300", http = (), service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [(name = "edge.js", esModule = embed "edge.js")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ["a", "b"],
  bindings = [
    (name = "DATACENTER", text = "dc1"),
    (name = "ROLLCALL_ADVERTISE", text = "[2001:db8::1]:8300"),
    (name = "ROLLCALL_TOKEN", fromEnvironment = "ROLLCALL_TOKEN"),
    (name = "DATACENTERS", durableObjectNamespace = "Datacenter"),
    (name = "DIRECTORY", durableObjectNamespace = "Directory"),
  ],
  durableObjectNamespaces = [
    (className = "Datacenter", uniqueKey = "rollcall-datacenter", enableSql = true),
    (className = "Directory", uniqueKey = "rollcall-directory", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "storage"),
);
