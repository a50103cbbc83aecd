/** Names under service, connect, virtual and ingress. The form is described in the README. */
export const services = `
# every instance that is not critical is given, at its own address or its node's
? web.service.consul A
NOERROR aa
web.service.consul. 0 A 10.1.0.1
web.service.consul. 0 A 10.2.0.2

# the datacenter may be named, alone or with its mark
? web.service.dc1.dc.consul A
NOERROR aa
web.service.dc1.dc.consul. 0 A 10.1.0.1
web.service.dc1.dc.consul. 0 A 10.2.0.2

# the letters of the question are kept
? WEB.Service.CONSUL A rd
NOERROR aa rd
WEB.Service.CONSUL. 0 A 10.1.0.1
WEB.Service.CONSUL. 0 A 10.2.0.2

# SRV names the node, or spells the instance's own address; what is known of the node comes along
? web.service.consul SRV
NOERROR aa
web.service.consul. 0 SRV 1 1 8080 n1.node.dc1.consul.
web.service.consul. 0 SRV 1 1 8081 0a020002.addr.dc1.consul.
+ n1.node.dc1.consul. 0 A 10.1.0.1
+ n1.node.dc1.consul. 0 TXT "env=prod"
+ n1.node.dc1.consul. 0 TXT "a=b"
+ 0a020002.addr.dc1.consul. 0 A 10.2.0.2

# TXT of a service is its addresses, as in Consul
? v1.web.service.consul TXT
NOERROR aa
v1.web.service.consul. 0 A 10.1.0.1

# a type that a service does not have is NODATA
? web.service.consul MX
NOERROR aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# AAAA of a service with IPv4 only is NODATA
? web.service.consul AAAA
NOERROR aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a service that nobody registered does not exist
? absent.service.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a service whose instances are all critical does not exist
? down.service.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a critical check of the node takes its services out
? sick.service.consul SRV
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# another datacenter that nobody joined does not exist
? web.service.dc9.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a tag selects, whatever its case
? PRIMARY.web.service.consul A
NOERROR aa
PRIMARY.web.service.consul. 0 A 10.1.0.1

# a tag may hold dots
? eu.west.web.service.consul A
NOERROR aa
eu.west.web.service.consul. 0 A 10.1.0.1

# a tag may look like a part of an RFC 2782 name
? _x.web.service.consul A
NOERROR aa
_x.web.service.consul. 0 A 10.2.0.2

# a tag that no instance has is no name
? v9.web.service.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# RFC 2782: _tcp selects nothing
? _Mixed_Case._tcp.service.consul SRV
NOERROR aa
_Mixed_Case._tcp.service.consul. 0 SRV 1 1 9 Upper.node.dc1.consul.
+ Upper.node.dc1.consul. 0 A 10.1.0.9

# RFC 2782: any other protocol is a tag
? _mixed_case._tag.service.consul SRV
NOERROR aa
_mixed_case._tag.service.consul. 0 SRV 1 1 9 Upper.node.dc1.consul.
+ Upper.node.dc1.consul. 0 A 10.1.0.9

# RFC 2782: _udp is a tag like any other
? _web._udp.service.consul SRV
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# RFC 2782: SRV does without the word "service"
? _six._tcp.dc1.consul SRV
NOERROR aa
_six._tcp.dc1.consul. 0 SRV 1 1 6 six.node.dc1.consul.
+ six.node.dc1.consul. 0 AAAA fd00:0:0:0:0:0:0:1

# RFC 2782: other types need it
? _six._tcp.consul AAAA
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# the weight is that of the status
? heavy.service.consul SRV
NOERROR aa
heavy.service.consul. 0 SRV 1 3 1 heavy.node.dc1.consul.
+ heavy.node.dc1.consul. 0 A 10.1.0.6

# A of an instance with an IPv6 address is NODATA, though its node has IPv4
? six-service.service.consul A
NOERROR aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# an IPv6 address of its own is spelled in 32 digits
? six-service.service.consul SRV
NOERROR aa
six-service.service.consul. 0 SRV 1 1 6 fd000000000000000000000000000002.addr.dc1.consul.
+ fd000000000000000000000000000002.addr.dc1.consul. 0 AAAA fd00:0:0:0:0:0:0:2

# ANY gives addresses of either family
? six-service.service.consul ANY
NOERROR aa
six-service.service.consul. 0 AAAA fd00:0:0:0:0:0:0:2

# a dual-stack instance has an address of each family: IPv4
? dual.service.consul A
NOERROR aa
dual.service.consul. 0 A 10.2.0.8

# a dual-stack instance has an address of each family: IPv6
? dual.service.consul AAAA
NOERROR aa
dual.service.consul. 0 AAAA fd00:0:0:0:0:0:0:18

# a dot in a node's name makes two labels
? dotted.service.consul SRV
NOERROR aa
dotted.service.consul. 0 SRV 1 1 10 dotted.name.node.dc1.consul.
+ dotted.name.node.dc1.consul. 0 A 10.1.0.10

# a node whose name no label can hold is reached by its address
? long-node.service.consul SRV
NOERROR aa
long-node.service.consul. 0 SRV 1 1 12 0a01000c.addr.dc1.consul.
+ 0a01000c.addr.dc1.consul. 0 A 10.1.0.12

# one address is given once
? twin.service.consul A
NOERROR aa
twin.service.consul. 0 A 10.1.0.11

# SRV is given once for each node, address and port
? twin.service.consul SRV
NOERROR aa
twin.service.consul. 0 SRV 1 1 71 twin.node.dc1.consul.
twin.service.consul. 0 SRV 1 1 72 twin.node.dc1.consul.
twin.service.consul. 0 SRV 1 1 71 sibling.node.dc1.consul.
+ twin.node.dc1.consul. 0 A 10.1.0.11
+ twin.node.dc1.consul. 0 A 10.1.0.11
+ sibling.node.dc1.consul. 0 A 10.1.0.11

# "connect" names the proxies of a service
? web.connect.consul SRV
NOERROR aa
web.connect.consul. 0 SRV 1 1 20000 meshed.node.dc1.consul.
+ meshed.node.dc1.consul. 0 A 10.1.0.13

# "virtual" names the address the mesh has given a service
? web.virtual.consul A
NOERROR aa
web.virtual.consul. 0 A 240.0.0.1

# a virtual address is of one family
? web.virtual.consul AAAA
NOERROR aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a service outside the mesh has no virtual address
? six.virtual.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# there are no ingress gateways
? web.ingress.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# only_passing leaves warnings out
-- onlyPassing=true
? web.service.consul A
NOERROR aa
web.service.consul. 0 A 10.1.0.1
--

# the TTL of an exact name wins
-- serviceTtlMs={"Web":11000,"we*":9000,"*":5000}
? v1.web.service.consul A
NOERROR aa
v1.web.service.consul. 11 A 10.1.0.1

# of the prefixes "he*", "*" the longest wins, and glue has the TTL too
-- serviceTtlMs={"*":5000,"he*":9999}
? heavy.service.consul SRV
NOERROR aa
heavy.service.consul. 9 SRV 1 3 1 heavy.node.dc1.consul.
+ heavy.node.dc1.consul. 9 A 10.1.0.6

# "*" is for all others
? twin.service.consul A
NOERROR aa
twin.service.consul. 5 A 10.1.0.11
--

# node meta in Additional can be turned off
-- enableAdditionalNodeMetaTxt=false
? v1.web.service.consul SRV
NOERROR aa
v1.web.service.consul. 0 SRV 1 1 8080 n1.node.dc1.consul.
+ n1.node.dc1.consul. 0 A 10.1.0.1
--

# another datacenter's services are at their own addresses
? web.service.dc2.consul SRV
NOERROR aa
web.service.dc2.consul. 0 SRV 1 1 80 0a090101.addr.dc2.consul.
+ 0a090101.addr.dc2.consul. 0 A 10.9.1.1

# or at their WAN addresses and ports
-- translateWanAddresses=true
? web.service.dc2.consul SRV
NOERROR aa
web.service.dc2.consul. 0 SRV 1 1 8443 c000020b.addr.dc2.consul.
+ c000020b.addr.dc2.consul. 0 A 192.0.2.11
--
`;
