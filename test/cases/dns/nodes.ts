/** Names under node, and reverse names. The form is described in the README. */
export const nodes = `
# a node's address, and what is known of it
? N1.node.consul A
NOERROR aa
N1.node.consul. 0 A 10.1.0.1
+ N1.node.consul. 0 TXT "env=prod"
+ N1.node.consul. 0 TXT "a=b"

# a dot in a node's name makes two labels
? dotted.name.node.dc1.consul A
NOERROR aa
dotted.name.node.dc1.consul. 0 A 10.1.0.10

# TXT is the meta, with the address beside it
? n1.node.consul TXT
NOERROR aa
n1.node.consul. 0 TXT "env=prod"
n1.node.consul. 0 TXT "a=b"
+ n1.node.consul. 0 A 10.1.0.1

# ANY is all of it, also with meta in Additional turned off
-- enableAdditionalNodeMetaTxt=false
? n1.node.consul ANY
NOERROR aa
n1.node.consul. 0 A 10.1.0.1
n1.node.consul. 0 TXT "env=prod"
n1.node.consul. 0 TXT "a=b"
--

# AAAA of a node with IPv4 is NODATA, with the meta
? n1.node.consul AAAA
NOERROR aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0
+ n1.node.consul. 0 TXT "env=prod"
+ n1.node.consul. 0 TXT "a=b"

# SRV of a node is NODATA
? n1.node.consul SRV
NOERROR aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a dual-stack node has an address of each family
? dual.node.consul AAAA
NOERROR aa
dual.node.consul. 0 AAAA fd00:0:0:0:0:0:0:8

# health does not matter to nodes
? sick.node.consul A
NOERROR aa
sick.node.consul. 0 A 10.1.0.5

# a node that nobody registered does not exist
? absent.node.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a node in another datacenter, at its WAN address
-- translateWanAddresses=true nodeTtlMs=12999
? far.node.dc2.consul A
NOERROR aa
far.node.dc2.consul. 12 A 192.0.2.1
--

# a reverse name belongs to the node with the address
-- nodeTtlMs=30000
? 1.0.1.10.in-addr.arpa PTR
NOERROR aa
1.0.1.10.in-addr.arpa. 0 PTR n1.node.dc1.consul.
--

# or else to the service that has it
? 2.0.2.10.in-addr.arpa PTR
NOERROR aa
2.0.2.10.in-addr.arpa. 0 PTR web.service.dc1.consul.

# IPv6 is reversed digit by digit
? 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa PTR
NOERROR aa
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 0 PTR six.node.dc1.consul.

# a node whose name DNS cannot carry has no reverse name
? 12.0.1.10.in-addr.arpa PTR
SERVFAIL ra

# an address that is not ours is a question for someone else, and there is nobody
? 9.9.9.10.in-addr.arpa PTR
SERVFAIL ra

# so is one that is not complete
? 0.10.in-addr.arpa PTR
SERVFAIL ra
`;
