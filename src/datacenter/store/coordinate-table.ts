import type { Coordinate, NodeCoordinate } from '../../shared/coordinate.ts';
import type { Database } from './database.ts';

interface Row {
  Node: string;
  Segment: string;
  Coord: string;
}

/** Network coordinates of nodes. They go with their node. */
export class CoordinateTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  all(): NodeCoordinate[] {
    return this.#db
      .all<Row>('SELECT Node, Segment, Coord FROM coordinates ORDER BY Node, Segment')
      .map(decode);
  }

  ofNode(node: string): NodeCoordinate[] {
    return this.#db
      .all<Row>('SELECT Node, Segment, Coord FROM coordinates WHERE Node = ? ORDER BY Segment', node)
      .map(decode);
  }

  put({ Node, Segment, Coord }: NodeCoordinate): void {
    this.#db.run(
      'INSERT OR REPLACE INTO coordinates (Node, Segment, Coord) VALUES (?, ?, ?)',
      Node,
      Segment,
      JSON.stringify(Coord),
    );
  }

  deleteNode(node: string): void {
    this.#db.run('DELETE FROM coordinates WHERE Node = ?', node);
  }
}

const decode = ({ Node, Segment, Coord }: Row): NodeCoordinate => ({
  Node,
  Segment,
  Coord: JSON.parse(Coord) as Coordinate,
});
