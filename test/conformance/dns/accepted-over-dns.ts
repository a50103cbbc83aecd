/** Where we rightly differ from Consul 1.8.7; "newer" is as in ../http/accepted-over-http.ts. */
import type { Accepted } from '../accepted.ts';

export const acceptedOverDns: Accepted[] = [
  {
    why: 'on purpose: what had to be left out is said, as with `enable_truncate`, so that resolvers ask again over TCP',
    requests: [
      'dns: mid.service.consul A',
      'dns: mid.service.consul SRV',
      'dns: big.service.consul A',
      'dns: big.service.consul A edns 512',
      'dns: big.service.consul A edns 100',
      'dns: big.service.consul SRV edns 1232',
      'dns: big.service.consul ANY',
    ],
    now: { flags: ['aa', 'tc', 'rd'] },
  },
  {
    why: 'newer: that a node has no such record is said with the SOA',
    requests: ['dns: n1.node.consul SRV'],
    now: { authority: ['consul. 0 SOA ns.consul. hostmaster.consul. <serial> 3600 600 86400 0'] },
  },
  {
    why: 'newer: an IPv4 address is no answer to a question for IPv6, and comes along',
    requests: ['dns: 0a020002.addr.dc1.consul AAAA'],
    now: { answer: [], additional: ['0a020002.addr.dc1.consul. 0 A 10.2.0.2'] },
  },
];
