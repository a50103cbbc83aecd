/** Where we rightly think otherwise of a file than `consul validate` 1.8.7, or say it otherwise. */
import { type Accepted, anything } from '../accepted.ts';

const valid = { code: 0, said: undefined };
const refused = (said: RegExp) => ({ code: 1, said });

/** Consul finds out when it starts, or when it registers; some of it never. */
const foundHere: Accepted[] = [
  {
    why: 'a definition that could not be registered is refused before the agent starts',
    requests:
      /^(check\.|service\.name|\{"(check|service)":|(hcl|json) \d+: ".*(services|service) ?\{|hcl .*ScriptArgs|json .*services.*null)/,
    now: refused(
      /Missing (service|check) name|CheckID missing|(TTL|Interval) must be|Interval and TTL|Bad check status|Scripts are disabled|Invalid service address/,
    ),
  },
  {
    why: 'so is a watch',
    requests: /watches/,
    now: refused(/watches\[\d\]/),
  },
  {
    why: 'a node ID or a log level that is none is found before the agent starts',
    requests: /node_id|log_level/,
    now: refused(/Invalid log level: |specified node_id .* is invalid/),
  },
  {
    why: 'so are certificates that cannot be used',
    requests: /^(cert_file|key_file|ports\.https|tls_cipher_suites|tls_min_version) = |verify_incoming/,
    now: refused(
      /cert_file and key_file belong together|there is no certificate|tls_cipher_suites|tls_min_version|CA certificates/,
    ),
  },
  {
    why: 'so are addresses for metrics that have no port',
    requests: /^telemetry\.(dog)?stats(d|ite)_addr/,
    now: refused(/telemetry\.\w+/),
  },
  {
    why: 'a number that has to be whole is not rounded, and none is taken that has no place',
    requests: /^(hcl|json) \d+: .*(ports|port|refresh)/,
    now: refused(/expected type 'int'|Must be at most 4294967295/),
  },
  {
    why: 'a key has one value of one type',
    requests: ['hcl 57: "node_name = \\"a\\"\\nnode_name = 5"', 'hcl 33: "node_name ="'],
    now: refused(/unconvertible type 'int'|Unknown token: 1:12 EOF/),
  },
  {
    why: 'what listens nowhere, and name servers that are found by name, are mistakes more often than not',
    requests: ['{"client_addr":""}', '{"recursors":["dns.example"]}', 'lists are joined'],
    now: refused(/client_addr cannot be empty|Invalid recursor address/),
  },
];

const takenHere: Accepted[] = [
  {
    why: 'a file with services and nothing else is checked for what it says',
    requests: ['a service alone', 'a check alone', 'an empty object alone'],
    now: valid,
  },
  {
    why: 'what has no effect here need only be of its type',
    requests:
      /^(addresses\.grpc|connect\.ca_provider|service\.connect\.sidecar_service|consul\.coordinate\.update_period|encrypt|primary_gateways|serf_lan|serf_wan|segment) = |"(bootstrap|bootstrap_expect|encrypt|autopilot|performance|segments?|connect)":/,
    now: valid,
  },
  {
    why: 'keys that newer versions have',
    requests: /^(advertise_addr_wan_ipv6|advertise_addr_ipv6|check\.script_args)/,
    now: { code: 0, said: anything },
  },
  {
    why: 'keys are found without regard to letter case and underscores, as in bodies',
    requests: /odename|Node_Name|NodeName|nableTagOverride/,
    now: valid,
  },
  {
    why: 'a byte order mark, and a last line without an end, do no harm; a blank file says nothing',
    requests: /\ufeff|abc\\nEOF"$|^json 2:/,
    now: valid,
  },
  {
    why: 'addresses may stand in brackets, and be of the loopback interface',
    requests: ['{"bind_addr":"[::1]"}', '{"bind_addr":"{{ GetInterfaceIP \\"lo\\" }}"}'],
    now: valid,
  },
  {
    why: 'only a server has a port that could be taken twice, and the UI of a directory is turned on, too',
    requests: ['{"ports":{"http":8300}}', '{"ui":true,"ui_dir":"/tmp"}'],
    now: valid,
  },
];

const saidOtherwise: Accepted[] = [
  {
    why: 'a fault of syntax is told at the place where it begins, in JSON too',
    requests: /^(hcl|json) \d+:/,
    now: { said: /^Config validation failed: failed to parse x\.(hcl|json): At \d+:\d+: / },
  },
  {
    why: 'what is no object is told as all values of a wrong type are; Consul dies of some',
    requests: /^json \d+: "(\[\]|true|5|\\"a\\"|.*1e400.*|.*\[null\].*)"$/,
    now: { said: /expected (a map, got|type 'int', got)/ },
  },
  {
    why: 'Consul dies of a character beyond Unicode',
    requests: /U00110000/,
    now: { code: 1 },
  },
  {
    why: 'numbers that may not be below 0 are one type here, and say so when they are',
    requests: /^(autopilot\.min_quorum|dns_config\.soa)/,
    now: { said: (recorded) => recorded.replace(/uint\d*/, 'int') },
  },
  {
    why: 'as the fault of a file',
    requests: ['-config-format=json and HCL'],
    now: { said: /: At 1:1: invalid character 's'/ },
  },
  {
    why: 'a flag that does not exist is told without the list of those that do; Consul lacks a quote',
    requests: ['an unknown flag', '-config-format=yaml'],
    now: { said: /^(flag provided but not defined: -nope|-config-format must be either 'hcl' or 'json')$/ },
  },
  {
    why: 'what is to be done is said, too, and every fault is one of a list',
    requests: [
      '{"data_dir":""}',
      '{"addresses":{"dns":"unix:///x"}}',
      '{"recursors":["unix:///x"]}',
      '{"check_output_max_size":0}',
      '{"check_output_max_size":-1}',
      '{"service":{"name":"a","kind":"connect-proxy"}}',
    ],
    now: {
      said: /cannot be empty: set data_dir|DNS address cannot be a unix socket|Invalid recursor address|must be at least 1|Proxy.Destination/,
    },
  },
  {
    why: 'the same',
    requests: /"kv_max_value_size":-1|refresh = -1/,
    now: { said: /expected type 'uint64'|cannot be -1/ },
  },
  {
    why: 'a key is named with all that it is in',
    requests: /= \["x"\]$|"(ui_)?content_path"|dns_config|check":|recursor_timeout|cache_max_age/,
    now: {
      said: /^Config validation failed: [\s\S]*(check|dns_config|gossip_lan|telemetry|ui_config|services?)[.[]\S+/,
    },
  },
  {
    why: 'a fault is told once',
    requests: /^\{?"?(advertise_addr|bind_addr|client_addr)/,
    now: {
      said: /\* (advertise_addr|bind_addr|client_addr|bind_addr)[^*]*$|cannot be empty$|template|No such|address/,
    },
  },
];

export const acceptedOfConfig: Accepted[] = [...foundHere, ...takenHere, ...saidOtherwise];
