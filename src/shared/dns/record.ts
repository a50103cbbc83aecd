/**
 * The nouns of a DNS message. Names are dotted text without the final dot; the owner {@link asked} stands for the name
 * of the question, in the letters it was asked with. TTLs are whole seconds, as on the wire.
 *
 * Source: RFC 1035, RFC 2782 (SRV), RFC 6891 (OPT).
 */

export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;
export type Rcode = (typeof rcodes)[keyof typeof rcodes];

/** The owner name that is the question's own, as `@` is the origin in a zone file. */
export const asked = '@';

export type RecordData =
  | { type: 'A' | 'AAAA'; address: Uint8Array }
  | { type: 'CNAME' | 'NS' | 'PTR'; target: string }
  | { type: 'SRV'; priority: number; weight: number; port: number; target: string }
  | { type: 'TXT'; text: string }
  | {
      type: 'SOA';
      primary: string;
      mailbox: string;
      serial: number;
      refreshS: number;
      retryS: number;
      expireS: number;
      minTtlS: number;
    };
export type ResourceRecord = { name: string; ttlS: number } & RecordData;

/**
 * What belongs together when a reply is shuffled and cut: the records of one answer, the addresses of its target and,
 * first to go when space is short, what else is known about it.
 */
export interface AnswerItem {
  answer: ResourceRecord[];
  glue: ResourceRecord[];
  meta: ResourceRecord[];
}

/** An answer before it is shuffled, cut to size and encoded. NODATA is NOERROR without items. */
export interface Answer {
  rcode: Rcode;
  authoritative: boolean;
  items: AnswerItem[];
  /** Each reply has the items in an order of its own. */
  shuffled: boolean;
  /** The most items that one reply carries. More are left out silently; only a lack of space sets TC. */
  itemsMax: number;
  authority: ResourceRecord[];
  additional: ResourceRecord[];
  /** Valid only for the client subnet that asked (RFC 7871). */
  subnetSpecific: boolean;
}

const empty = {
  authoritative: true,
  items: [],
  shuffled: false,
  itemsMax: Number.POSITIVE_INFINITY,
  authority: [],
  additional: [],
  subnetSpecific: false,
};

/** An {@link Answer} that is empty but for what `parts` says. */
export const makeAnswer = (rcode: Rcode, parts: Partial<Omit<Answer, 'rcode'>> = {}): Answer => ({
  ...empty,
  ...parts,
  rcode,
});
