using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "storage", disk = (path = "/var/lib/rollcall/edge/storage", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8300", https = (options = (), tlsOptions = (keypair = (privateKey = embed "k.pem", certificateChain = embed "c.pem"), requireClientCerts = true, trustedCertificates = [embed "a.pem", embed "b.pem"], minVersion = tls1Dot3)), service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [(name = "edge.js", esModule = embed "edge.js")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = [],
  bindings = [
    (name = "DATACENTER", text = "dc1"),
    (name = "ROLLCALL_ADVERTISE", text = "127.0.0.1:8300"),
    (name = "ROLLCALL_OPEN", text = "loopback"),
    (name = "DATACENTERS", durableObjectNamespace = "Datacenter"),
    (name = "DIRECTORY", durableObjectNamespace = "Directory"),
  ],
  durableObjectNamespaces = [
    (className = "Datacenter", uniqueKey = "rollcall-datacenter", enableSql = true),
    (className = "Directory", uniqueKey = "rollcall-directory", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "storage"),
);
