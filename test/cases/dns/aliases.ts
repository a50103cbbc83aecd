/** Addresses that are host names. The form is described in the README. */
export const aliases = `
# an address that is a host name is an alias
? ext.service.consul A
NOERROR aa
ext.service.consul. 0 CNAME db.example.org.

# whatever type is asked
? ext.service.consul AAAA
NOERROR aa
ext.service.consul. 0 CNAME db.example.org.

# SRV names the host
? ext.service.consul SRV
NOERROR aa
ext.service.consul. 0 SRV 1 1 443 db.example.org.

# so is a node's
? named.node.consul A
NOERROR aa
named.node.consul. 0 CNAME host.example.org.

# which is its services' as well
? named.service.consul SRV
NOERROR aa
named.service.consul. 0 SRV 1 1 5 host.example.org.

# an alias in our own domain is followed, with the TTL of the alias
-- serviceTtlMs={"inner":8000}
? inner.service.consul A
NOERROR aa
inner.service.consul. 8 CNAME n1.node.consul.
n1.node.consul. 8 A 10.1.0.1

# beside SRV, too
? inner.service.consul SRV
NOERROR aa
inner.service.consul. 8 SRV 1 1 444 n1.node.consul.
+ n1.node.consul. 8 A 10.1.0.1
--

# a service whose address is its own name means its node
? self.service.consul A
NOERROR aa
self.service.consul. 0 A 10.1.0.16

# aliases that run in a circle are followed three times
? loop1.service.consul A
NOERROR aa
loop1.service.consul. 0 CNAME loop2.service.consul.
loop2.service.consul. 0 CNAME loop1.service.consul.
loop1.service.consul. 0 CNAME loop2.service.consul.
loop2.service.consul. 0 CNAME loop1.service.consul.

# where there are addresses no alias is given
? either.service.consul A
NOERROR aa
either.service.consul. 0 A 10.1.0.20

# SRV gives both
? either.service.consul SRV
NOERROR aa
either.service.consul. 0 SRV 1 1 19 db.example.org.
either.service.consul. 0 SRV 1 1 20 either2.node.dc1.consul.
+ either2.node.dc1.consul. 0 A 10.1.0.20
`;
