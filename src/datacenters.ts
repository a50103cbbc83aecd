/** Which object a request is for. A datacenter exists once a host has joined it; the default one always does. */

import type { Datacenter } from './datacenter/datacenter.ts';
import { directoryOf } from './directory/directory.ts';
import type { Env } from './env.ts';
import { ApiError, noPathToDatacenter } from './shared/api-error.ts';

export type DatacenterStub = DurableObjectStub<Datacenter>;

/** The names last read from the Directory; a Worker serves many requests between two changes of it. */
let known: string[] = [];

/** The object of a datacenter that exists. @throws {ApiError} 500 in Consul's words for any other. */
export async function datacenterOf(env: Env, asked?: string): Promise<DatacenterStub> {
  const name = asked || env.DATACENTER;
  if (name !== env.DATACENTER && !known.includes(name)) {
    known = await directoryOf(env.DIRECTORY).list();
    if (!known.includes(name)) throw noPathToDatacenter();
  }
  return env.DATACENTERS.getByName(name);
}

/** The object of a datacenter that a host joins: from now on it exists. @throws {ApiError} 400 for a bad name. */
export async function joinedDatacenter(env: Env, asked?: string): Promise<DatacenterStub> {
  const name = asked || env.DATACENTER;
  if (!/^[a-z0-9_-]{1,64}$/.test(name))
    throw new ApiError(
      400,
      `${JSON.stringify(name)} is no name for a datacenter: 1 to 64 of a-z, 0-9, "-" and "_"`,
    );
  if (!known.includes(name)) known = await directoryOf(env.DIRECTORY).enter(name);
  return env.DATACENTERS.getByName(name);
}

/** All datacenters, sorted. */
export async function datacenterNames(env: Env): Promise<string[]> {
  known = await directoryOf(env.DIRECTORY).list();
  return [...new Set([env.DATACENTER, ...known])].sort();
}
