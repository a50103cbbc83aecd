/** Where we rightly differ from Consul 1.8.7; "newer" is as in ../http/accepted-over-http.ts. */
import { type Accepted, anything } from '../accepted.ts';

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
      'dns: mid.service.consul ANY',
      'dns: big.service.consul TXT',
    ],
    now: { flags: ['aa', 'tc', 'rd'] },
  },
  {
    why: 'newer: that a node has no such record, or that there is no such node, is said with the SOA whatever the type',
    requests: /\.node\.consul (A|AAAA|TXT|MX|CNAME|SRV)$/,
    now: {
      rcode: 'NXDOMAIN',
      authority: ['consul. 0 SOA ns.consul. hostmaster.consul. <serial> 3600 600 86400 0'],
    },
  },
  {
    why: 'newer: the address of a node comes along with its texts',
    requests: /\.node\.consul TXT$/,
    now: {
      answer: ['hostnode.node.consul. 0 CNAME host.example.org.'],
      additional: [/^\S+\.node\.consul\. 0 A+ \S+$/],
    },
  },
  {
    why: 'newer: an address is no answer to a question for something else, and comes along',
    requests: [
      'dns: 0a020002.addr.dc1.consul AAAA',
      'dns: 0a020002.addr.consul SRV',
      'dns: fd000000000000000000000000000001.addr.dc1.consul A',
      'dns: fd000000000000000000000000000001.addr.dc1.consul SRV',
    ],
    now: {
      answer: [],
      additional: [/^\w+\.addr\.(dc1\.)?consul\. 0 (A 10\.2\.0\.2|AAAA fd00:0:0:0:0:0:0:1)$/],
    },
  },
  {
    why: 'newer: RFC 2782 names of prepared queries',
    requests: ['dns: _pq._tcp.query.consul SRV'],
    now: { rcode: 'NOERROR', answer: anything, authority: [], additional: anything },
  },
  {
    why: 'on purpose: a reply has the letters of the question, which resolvers compare (0x20)',
    requests: ['dns: 0A020002.addr.consul A', 'dns: CONSUL SOA'],
    now: {
      'answer[]': /^(0A020002\.addr\.consul|CONSUL)\. /,
      'authority[]': 'CONSUL. 0 NS names.node.dc1.CONSUL.',
      'additional[]': 'names.node.dc1.CONSUL. 0 A 127.0.0.1',
    },
  },
  {
    why: 'on purpose: there is no zone to be transferred, in parts no more than as a whole',
    requests: ['dns: web.service.consul IXFR tcp'],
    now: { rcode: 'NOTIMP', authority: [] },
  },
];
