/** User events: fired, kept, and given to the hosts they are for. */
import type { NewEvent, UserEvent } from '../requests/event.ts';
import { compileRegexp } from '../shared/filter/regexp/match.ts';
import { eventsMax, filterStepsMax } from '../shared/limits.ts';
import type { NodeService } from '../shared/model.ts';
import { makeEventId } from './event-id.ts';
import type { CatalogStore } from './store/catalog-store.ts';
import type { StoredEvent } from './store/event-table.ts';
import type { Transaction } from './store/transaction.ts';

/** `random` are 16 bytes. The answer knows no `LTime` yet, as in Consul. */
export function fireEvent(tx: Transaction, event: NewEvent, random: Uint8Array): UserEvent {
  const ID = makeEventId(tx.index, random);
  const LTime = (tx.store.eventTable.last()?.LTime ?? 0) + 1;
  const { Name, Payload, NodeFilter, ServiceFilter, TagFilter, Version } = event;
  const fired: UserEvent = { ID, Name, Payload, NodeFilter, ServiceFilter, TagFilter, Version, LTime };
  tx.store.eventTable.put({ ...fired, ModifyIndex: tx.index });
  tx.store.eventTable.keepLast(eventsMax);
  tx.touchRecords('events');
  return { ...fired, LTime: 0 };
}

/** The events of this name ("" for any) that reach `node` ("" for all), oldest first. */
export function selectEvents(store: CatalogStore, name: string, node: string): StoredEvent[] {
  const events = store.eventTable.all().filter((event) => name === '' || event.Name === name);
  if (node === '') return events;
  const services = store.nodeServices(node);
  return events.filter((event) => reaches(event, node, services));
}

/** A service is meant by its name or its ID; a tag has to be on a service that is meant. */
function reaches(event: UserEvent, node: string, services: NodeService[]): boolean {
  const budget = { steps: filterStepsMax };
  const matches = (filter: string, text: string) => filter === '' || compileRegexp(filter)(text, budget);
  if (!matches(event.NodeFilter, node)) return false;
  if (event.ServiceFilter === '') return true;
  return services.some(
    ({ ID, Service, Tags }) =>
      [Service, ID].some((text) => matches(event.ServiceFilter, text)) &&
      (event.TagFilter === '' || Tags.some((tag) => matches(event.TagFilter, tag))),
  );
}
