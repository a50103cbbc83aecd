/** The domain itself, names that are none, and the protocol. The form is described in the README. */
export const zone = `
# SOA of the domain, with its name servers
-- soa={"refreshS":1,"retryS":2,"expireS":3,"minTtlS":4} nodeTtlMs=7000
? consul SOA
NOERROR aa
consul. 4 SOA ns.consul. hostmaster.consul. 1767225600 1 2 3 4
^ consul. 7 NS server.node.dc1.consul.
+ server.node.dc1.consul. 7 A 10.0.0.1

# NS of anything in the domain is that of the domain
? web.service.consul NS
NOERROR aa
consul. 7 NS server.node.dc1.consul.
+ server.node.dc1.consul. 7 A 10.0.0.1

# in whatever letters
? CONSUL NS
NOERROR aa
CONSUL. 7 NS server.node.dc1.CONSUL.
+ server.node.dc1.CONSUL. 7 A 10.0.0.1

# negative answers live as long as the SOA says
? absent.consul A
NXDOMAIN aa
^ consul. 4 SOA ns.consul. hostmaster.consul. 1767225600 1 2 3 4
--

# the domain itself has no address
? consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# nor has the name server's conventional name
? ns.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a kind without a name is no name
? node.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# nor is one with more than a datacenter
? web.service.dc1.extra.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# there are no peers
? web.service.other.peer.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# nor namespaces
? web.service.default.ns.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# a name may spell an address
-- nodeTtlMs=3000
? 0a020002.addr.dc1.consul A
NOERROR aa
0a020002.addr.dc1.consul. 3 A 10.2.0.2
--

# of 32 digits an IPv6 one
? FD000000000000000000000000000002.addr.consul AAAA
NOERROR aa
FD000000000000000000000000000002.addr.consul. 0 AAAA fd00:0:0:0:0:0:0:2

# of the other family it comes beside an empty answer
? 0a020002.addr.consul AAAA
NOERROR aa
+ 0a020002.addr.consul. 0 A 10.2.0.2

# what is not in hex digits does not exist
? zz020002.addr.consul A
NXDOMAIN aa
^ consul. 0 SOA ns.consul. hostmaster.consul. 1767225600 3600 600 86400 0

# of another length it is empty
? 0a02.addr.consul A
NOERROR aa

# outside the domain questions are refused when there is nobody to ask
? example.com A rd
REFUSED rd

# the root too
? . NS
REFUSED

# a domain that merely ends alike is another
? web.service.notconsul A
REFUSED

# the alternative domain has the same names, and answers keep to it
-- altDomain="alt.example"
? v2.web.service.alt.example SRV
NOERROR aa
v2.web.service.alt.example. 0 SRV 1 1 8081 0a020002.addr.dc1.alt.example.
+ 0a020002.addr.dc1.alt.example. 0 A 10.2.0.2

# also in what does not exist
? absent.alt.example A
NXDOMAIN aa
^ alt.example. 0 SOA ns.alt.example. hostmaster.alt.example. 1767225600 3600 600 86400 0

# the longer of two domains decides where both fit
-- altDomain="alt.consul"
? web.service.alt.consul NS
NOERROR aa
alt.consul. 0 NS server.node.dc1.alt.consul.
+ server.node.dc1.alt.consul. 0 A 10.0.0.1
--

# the class does not matter
? v1.web.service.consul A class=3
NOERROR aa
v1.web.service.consul. 0 A 10.1.0.1

# nor does NOTIFY differ from a query
? v1.web.service.consul A opcode=4 rd
NOERROR aa
v1.web.service.consul. 0 A 10.1.0.1

# other opcodes are not implemented
? v1.web.service.consul A opcode=5
NOTIMP

# nor are transfers
? consul AXFR
NOTIMP aa

# nor incremental ones
? consul IXFR
NOTIMP aa

# an EDNS version that does not exist yet is BADVERS
? v1.web.service.consul A edns=1232 version=1
NOERROR
opt 1232 1

# EDNS is answered with EDNS, of the client's size
? v1.web.service.consul A edns=100
NOERROR aa
v1.web.service.consul. 0 A 10.1.0.1
opt 100 0

# a client's subnet comes back, with a scope of everywhere
? v1.web.service.consul A edns=1232 subnet=0,1,24,9,10,1,2
NOERROR aa
v1.web.service.consul. 0 A 10.1.0.1
opt 1232 0 0,8,0,7,0,1,24,0,10,1,2

# without compression the same is said
-- disableCompression=true
? v2.web.service.consul SRV edns=1232
NOERROR aa
v2.web.service.consul. 0 SRV 1 1 8081 0a020002.addr.dc1.consul.
+ 0a020002.addr.dc1.consul. 0 A 10.2.0.2
opt 1232 0
--
`;
