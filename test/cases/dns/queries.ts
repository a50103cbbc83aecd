/** Prepared queries. The form is described in the README. */
export const queries = `
# a prepared query is answered with what it finds, at its own TTL
? Pq.query.consul A
NOERROR aa
Pq.query.consul. 17 A 10.1.0.1

# for SRV it has an RFC 2782 form
? _pq._tcp.query.dc1.consul SRV
NOERROR aa
_pq._tcp.query.dc1.consul. 17 SRV 1 1 8080 n1.node.dc1.consul.
+ n1.node.dc1.consul. 17 A 10.1.0.1
+ n1.node.dc1.consul. 17 TXT "env=prod"
+ n1.node.dc1.consul. 17 TXT "a=b"

# its name may hold dots; without a TTL of its own it has that of the service
-- serviceTtlMs={"web":3000}
? with.dots.query.consul A
NOERROR aa
with.dots.query.consul. 3 A 10.1.0.1
--

# its answer holds for the subnet that asked
? pq.query.consul A edns=1232 subnet=0,1,24,0,10,1,2
NOERROR aa
pq.query.consul. 17 A 10.1.0.1
opt 1232 0 0,8,0,7,0,1,24,24,10,1,2

# one that nobody made does not exist
? absent.query.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0
`;
