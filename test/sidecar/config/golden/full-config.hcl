# Every key that has a meaning, each with a value that is not its default.
node_name  = "web-1"
node_id    = "11111111-0000-4000-8000-000000000002"
disable_host_node_id = false
node_meta  = { rack = "r1" }
datacenter = "dc2"
domain     = "example.org"
alt_domain = "alt"
data_dir   = "/var/lib/rollcall"

client_addr        = "127.0.0.1 ::1"
bind_addr          = "10.0.0.6"
advertise_addr     = "10.0.0.7"
advertise_addr_wan = "192.0.2.7"
advertise_addr_ipv4 = "10.0.0.7"
advertise_addr_ipv6 = "2001:db8::7"
advertise_addr_wan_ipv4 = "203.0.113.8"
advertise_addr_wan_ipv6 = "2001:db8::8"
addresses {
  dns  = "10.0.0.6"
  http = "unix:///run/rollcall.sock 127.0.0.1"
}
ports {
  dns    = 53
  http   = 80
  https  = 443
  server = 8400
  serf_lan = 8301
}
unix_sockets {
  user  = "1000"
  group = "1000"
  mode  = "660"
}
translate_wan_addrs = true

server                  = true
retry_join              = ["https://registry.example.workers.dev", "edge.example"]
retry_interval          = "5s"
retry_max               = 3
start_join              = ["10.0.0.9:9000"]
leave_on_terminate      = true
skip_leave_on_interrupt = false
reconnect_timeout       = "8h"

service {
  name = "web"
  id   = "web1"
  tags = ["v1", "primary"]
  port = 8080
  address = "10.0.0.6"
  meta { version = "1" }
  tagged_addresses {
    wan { address = "192.0.2.7" port = 80 }
  }
  weights { passing = 10 warning = 1 }
  enable_tag_override = true
  token = "service-token"
  check {
    id       = "web-http"
    name     = "web over HTTP"
    http     = "http://127.0.0.1:8080/health"
    method   = "GET"
    header   { Accept = ["application/json"] }
    interval = "10s"
    timeout  = "1s"
    deregister_critical_service_after = "90m"
    success_before_passing   = 2
    failures_before_warning  = 1
    failures_before_critical = 3
  }
}
services {
  name   = "db"
  port   = 5432
  checks = [{ tcp = "127.0.0.1:5432", interval = "5s" }, { ttl = "30s", status = "passing" }]
}
check {
  id       = "disk"
  name     = "disk space"
  args     = ["/usr/local/bin/check-disk", "90"]
  interval = "1m"
}
checks {
  name          = "db of another node"
  alias_service = "db"
}
watches {
  type        = "service"
  service     = "web"
  tag         = "v1"
  passingonly = true
  args        = ["/usr/local/bin/reload"]
}

enable_script_checks       = true
enable_local_script_checks = true
check_update_interval      = "1m"
check_output_max_size      = 1024
discard_check_output       = true
enable_agent_tls_for_checks = true
server_name                = "web.test"

check_flap_limit {
  changes = 6
  window  = "2m"
}

dns_config {
  allow_stale             = true
  max_stale               = "1h"
  node_ttl                = "10s"
  service_ttl { "web*" = "5s" "*" = "1s" }
  enable_truncate         = true
  only_passing            = true
  recursor_strategy       = "random"
  recursor_timeout        = "1s"
  disable_compression     = true
  udp_answer_limit        = 5
  a_record_limit          = 6
  threads                 = 2
  enable_additional_node_meta_txt = false
  soa { expire = 1 min_ttl = 2 refresh = 3 retry = 4 }
  use_cache               = true
  cache_max_age           = "1s"
}
recursors = ["8.8.8.8", "[2001:db8::1]:5353"]

http_config {
  response_headers { Access-Control-Allow-Origin = "*" }
  block_endpoints       = ["/v1/agent/leave"]
  allow_write_http_from = ["10.0.0.0/8"]
  use_cache             = false
  max_header_bytes      = 4096
}
limits {
  http_max_conns_per_client = 100
  https_handshake_timeout   = "3s"
  kv_max_value_size         = 1024
  txn_max_req_len           = 2048
  rpc_rate                  = 5
}
default_query_time  = "1m"
max_query_time      = "5m"
discovery_max_stale = "5s"
session_ttl_min     = "5s"

tls {
  defaults { ca_file = "/etc/rollcall/ca.pem" verify_outgoing = true }
  internal_rpc { verify_server_hostname = true, tls_min_version = "TLSv1_3" }
  https { cert_file = "/etc/rollcall/https.pem" key_file = "/etc/rollcall/https.key" verify_incoming = true }
}
ca_file               = "/etc/rollcall/old-ca.pem"
ca_path               = "/etc/rollcall/ca"
cert_file             = "/etc/rollcall/cert.pem"
key_file              = "/etc/rollcall/key.pem"
verify_incoming       = false
verify_outgoing       = true
verify_incoming_https = false
verify_incoming_rpc   = false
verify_server_hostname = false
tls_min_version       = "tls12"
tls_cipher_suites     = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
edge {
  proxy                = "http://user:password@proxy:3128"
  tls_server_name      = "edge.example"
  access_client_id     = "id.access"
  access_client_secret = "secret"
}

acl {
  enabled        = true
  default_policy = "deny"
  enable_token_persistence = true
  tokens {
    default                          = "default-token"
    agent                            = "agent-token"
    agent_recovery                   = "recovery-token"
    config_file_service_registration = "registration-token"
    dns                              = "dns-token"
  }
}

log_level            = "warn"
log_json             = true
log_file             = "/var/log/rollcall/"
log_rotate_bytes     = 1000000
log_rotate_duration  = "1h"
log_rotate_max_files = 5
pid_file             = "/run/rollcall.pid"

ui              = false
ui_dir          = "/old"
ui_content_path = "/old"
ui_config {
  enabled      = true
  dir          = "/srv/ui"
  content_path = "registry"
  metrics_provider = "prometheus"
}
enable_debug                         = true
disable_http_unprintable_char_filter = true
auto_reload_config                   = true
telemetry {
  prometheus_retention_time = "60s"
  disable_hostname          = true
  metrics_prefix            = "rollcall"
  prefix_filter             = ["+rollcall.dns", "-rollcall.http"]
  filter_default            = false
  statsd_address            = "127.0.0.1:8125"
  statsite_address          = "[::1]:8126"
  dogstatsd_addr            = "datadog.example:8125"
  dogstatsd_tags            = ["env:prod"]
}

# Without effect, passed over in one warning.
encrypt          = "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s="
bootstrap_expect = 3
connect { enabled = true }
performance { raft_multiplier = 1 }
