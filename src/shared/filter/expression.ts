/**
 * What the text of a `?filter=` says, before it is known whether its selectors exist. Lists of `and` and `or` have
 * two members or more.
 */
export type Expression =
  | { kind: 'and' | 'or'; members: Expression[] }
  | { kind: 'not'; member: Expression }
  | Match;

/** One comparison. `selector` is the path to a field; `value` is absent for the two emptiness operators. */
export interface Match {
  kind: 'match';
  selector: string[];
  operator: Operator;
  value?: string;
}

/** The names are those that error texts show. `contains` is `In` with its sides exchanged. */
export type Operator =
  | 'Equal'
  | 'Not Equal'
  | 'In'
  | 'Not In'
  | 'Is Empty'
  | 'Is Not Empty'
  | 'Matches'
  | 'Not Matches';
