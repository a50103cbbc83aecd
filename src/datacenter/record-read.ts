/** Answers what only the edge has an answer to (`src/requests/record-query.ts`). JSON "null" stands for what is not there. */
import { checkQueryId } from '../requests/prepared-query.ts';
import type { RecordQuery } from '../requests/record-query.ts';
import { nodeTopic, type Topic } from '../shared/catalog-reader.ts';
import type { Answer } from '../shared/read/answers.ts';
import { selectEvents } from './events.ts';
import type { CatalogStore } from './store/catalog-store.ts';
import { overview, summarizeServices, uiNode } from './ui-read.ts';

export function recordTopics(query: RecordQuery): Topic[] {
  switch (query.Kind) {
    case 'events':
      return ['events'];
    case 'queries':
    case 'query':
      return ['queries'];
    case 'coordinates':
    case 'coordinate':
      return ['coordinates'];
    case 'config-entries':
    case 'config-entry':
      return ['config-entries'];
    case 'ui-node':
      return [nodeTopic(query.Node)];
    default:
      return ['nodes', 'services', 'checks'];
  }
}

/** @throws {ApiError} 500 for an ID that is no UUID. */
export function readRecords(store: CatalogStore, query: RecordQuery): Answer {
  if (query.Kind === 'events') return readEvents(store, query);
  return {
    Body: JSON.stringify(bodyOf(store, query) ?? null),
    Index: Math.max(...recordTopics(query).map((topic) => store.index(topic))),
  };
}

/** The index is that of the last event in the answer, which clients also derive from its ID. */
function readEvents(store: CatalogStore, { Name, Node }: Extract<RecordQuery, { Kind: 'events' }>): Answer {
  const events = selectEvents(store, Name, Node);
  return {
    Body: JSON.stringify(events.map(({ ModifyIndex, ...event }) => event)),
    Index: events.at(-1)?.ModifyIndex ?? 1,
  };
}

function bodyOf(store: CatalogStore, query: Exclude<RecordQuery, { Kind: 'events' }>): unknown {
  switch (query.Kind) {
    case 'queries':
      return store.queryTable.all();
    case 'query': {
      checkQueryId(query.ID);
      const found = store.queryTable.get(query.ID);
      return found && [found];
    }
    case 'coordinates':
      return store.coordinateTable.all();
    case 'coordinate': {
      const found = store.coordinateTable
        .ofNode(query.Node)
        .filter(({ Segment }) => Segment === query.Segment);
      return found.length > 0 ? found : undefined;
    }
    case 'config-entries':
      return store.configEntryTable.ofKind(query.EntryKind);
    case 'config-entry':
      return store.configEntryTable.get(query.EntryKind, query.Name);
    case 'usage':
      return store.usage.count();
    case 'ui-nodes':
      return store.nodes().map((node) => uiNode(store, node));
    case 'ui-node': {
      const node = store.node(query.Node);
      return node && uiNode(store, node);
    }
    case 'ui-services':
      return summarizeServices(store);
    case 'ui-overview':
      return overview(store);
  }
}
