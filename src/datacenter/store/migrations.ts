/**
 * The tables of one datacenter, as numbered steps that each run once. Row writes are what Durable Objects bill most, so
 * tables are WITHOUT ROWID (one row, one write) and an index exists only where a query needs it.
 *
 * `ModifyIndex` is indexed because it is the change log: what changed since index N is what has a greater one, and
 * `tombstones` keeps what is gone. A separate log would cost a second row for each write and another to prune it.
 */
export const migrations: string[] = [
  `
  CREATE TABLE meta (Name TEXT PRIMARY KEY, Value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE nodes (
    Node TEXT PRIMARY KEY COLLATE NOCASE,
    ID TEXT NOT NULL,
    Data TEXT NOT NULL,
    Role TEXT NOT NULL DEFAULT '',
    Version TEXT NOT NULL DEFAULT '',
    LostAtMs INTEGER,
    CreateIndex INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX nodes_by_id ON nodes (ID) WHERE ID != '';
  CREATE INDEX nodes_by_index ON nodes (ModifyIndex);

  CREATE TABLE services (
    Node TEXT NOT NULL COLLATE NOCASE,
    ID TEXT NOT NULL,
    Service TEXT NOT NULL COLLATE NOCASE,
    Connect TEXT COLLATE NOCASE,
    Data TEXT NOT NULL,
    CreateIndex INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL,
    PRIMARY KEY (Node, ID)
  ) WITHOUT ROWID;
  CREATE INDEX services_by_name ON services (Service, Node, ID);
  CREATE INDEX services_by_connect ON services (Connect) WHERE Connect IS NOT NULL;
  CREATE INDEX services_by_index ON services (ModifyIndex);

  CREATE TABLE checks (
    Node TEXT NOT NULL COLLATE NOCASE,
    CheckID TEXT NOT NULL,
    ServiceID TEXT NOT NULL,
    Status TEXT NOT NULL,
    Data TEXT NOT NULL,
    DeregisterAfterMs INTEGER,
    CriticalSinceMs INTEGER,
    CreateIndex INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL,
    PRIMARY KEY (Node, CheckID)
  ) WITHOUT ROWID;
  CREATE INDEX checks_by_service ON checks (Node, ServiceID, CheckID);
  CREATE INDEX checks_unhealthy ON checks (Status) WHERE Status != 'passing';
  CREATE INDEX checks_by_index ON checks (ModifyIndex);

  CREATE TABLE tombstones (
    Kind TEXT NOT NULL,
    Node TEXT NOT NULL COLLATE NOCASE,
    ID TEXT NOT NULL,
    Service TEXT NOT NULL COLLATE NOCASE,
    Reason TEXT NOT NULL,
    AtMs INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL,
    PRIMARY KEY (Node, Kind, ID, Service)
  ) WITHOUT ROWID;
  CREATE INDEX tombstones_by_service ON tombstones (Service);
  CREATE INDEX tombstones_by_index ON tombstones (ModifyIndex);
  `,
  `
  -- Not WITHOUT ROWID: values are large, and listing keys reads the index of the key alone.
  CREATE TABLE kv (
    Key TEXT NOT NULL UNIQUE,
    Flags TEXT NOT NULL,
    LockIndex INTEGER NOT NULL,
    Session TEXT NOT NULL,
    TTLMs INTEGER,
    ExpiresAtMs INTEGER,
    CreateIndex INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL,
    Value BLOB NOT NULL
  );
  CREATE INDEX kv_by_index ON kv (ModifyIndex);
  CREATE INDEX kv_by_session ON kv (Session) WHERE Session != '';
  CREATE INDEX kv_by_expiry ON kv (ExpiresAtMs) WHERE ExpiresAtMs IS NOT NULL;

  CREATE TABLE kv_tombstones (
    Key TEXT PRIMARY KEY,
    AtMs INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE sessions (
    ID TEXT PRIMARY KEY,
    Node TEXT NOT NULL COLLATE NOCASE,
    Data TEXT NOT NULL,
    ExpiresAtMs INTEGER,
    CreateIndex INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_node ON sessions (Node);
  CREATE INDEX sessions_by_expiry ON sessions (ExpiresAtMs) WHERE ExpiresAtMs IS NOT NULL;

  CREATE TABLE session_checks (
    Node TEXT NOT NULL COLLATE NOCASE,
    CheckID TEXT NOT NULL,
    Session TEXT NOT NULL,
    PRIMARY KEY (Node, CheckID, Session)
  ) WITHOUT ROWID;

  CREATE TABLE lock_delays (Key TEXT PRIMARY KEY, UntilMs INTEGER NOT NULL) WITHOUT ROWID;
  `,
  `
  -- Checks that the edge itself keeps the time of.
  ALTER TABLE checks ADD COLUMN TTLMs INTEGER;
  ALTER TABLE checks ADD COLUMN ExpiresAtMs INTEGER;
  CREATE INDEX checks_by_expiry ON checks (ExpiresAtMs) WHERE ExpiresAtMs IS NOT NULL;
  `,
  `
  -- The index of each of these tables is a row of meta: nothing is left of what was deleted from them.
  CREATE TABLE events (ModifyIndex INTEGER PRIMARY KEY, Data TEXT NOT NULL);

  CREATE TABLE prepared_queries (
    ID TEXT PRIMARY KEY,
    Name TEXT NOT NULL COLLATE NOCASE,
    Session TEXT NOT NULL,
    IsTemplate INTEGER NOT NULL,
    Data TEXT NOT NULL,
    CreateIndex INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX prepared_queries_by_name ON prepared_queries (Name);
  CREATE INDEX prepared_queries_by_session ON prepared_queries (Session) WHERE Session != '';

  CREATE TABLE coordinates (
    Node TEXT NOT NULL COLLATE NOCASE,
    Segment TEXT NOT NULL,
    Coord TEXT NOT NULL,
    PRIMARY KEY (Node, Segment)
  ) WITHOUT ROWID;

  CREATE TABLE config_entries (
    Kind TEXT NOT NULL,
    Name TEXT NOT NULL,
    Data TEXT NOT NULL,
    CreateIndex INTEGER NOT NULL,
    ModifyIndex INTEGER NOT NULL,
    PRIMARY KEY (Kind, Name)
  ) WITHOUT ROWID;
  `,
  `
  -- Its oldest rows are looked for at each expiry, its newest at each start.
  CREATE INDEX kv_tombstones_by_index ON kv_tombstones (ModifyIndex);
  `,
  `
  CREATE TABLE snapshot_spool (
    Spool INTEGER NOT NULL,
    Part INTEGER NOT NULL,
    Bytes BLOB NOT NULL,
    PRIMARY KEY (Spool, Part)
  ) WITHOUT ROWID;
  `,
  `
  -- It was read at each start alone, for the highest index, and was a second row to write for each key: a start reads the
  -- rows instead, in which the index stands before the value.
  DROP INDEX kv_by_index;
  `,
  `
  -- Read by lists of members alone.
  CREATE TABLE left_members (
    Node TEXT PRIMARY KEY COLLATE NOCASE,
    Data TEXT NOT NULL,
    LeftAtMs INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
];
