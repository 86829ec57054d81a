import { readFileSync } from 'node:fs';

export type Fields = Record<string, any>;
export type Address = { graphql: string; ws: string; token: string };

/** One way of talking to the desk: each file beside this one is a published client behind these four words. */
export interface Desk {
  query(document: string, variables?: Fields): Promise<Fields>;
  mutate(document: string, variables: Fields): Promise<Fields>;
  /** Calls `next` with each event's data, until it is cut or closed; `ended` tells why the line is gone. */
  watch(document: string, variables: Fields, next: (data: Fields) => void): Watch;
  close(): Promise<void>;
}

export interface Watch {
  /** Breaks the line in the middle of things: no operation is completed first. */
  cut(): void;
  ended: Promise<unknown>;
}

export type Open = (address: Address) => Desk;

/** The text of a document of the admin frontend. */
export function operation(name: string): string {
  return readFileSync(new URL(`../admin/operations/${name}.graphql`, import.meta.url), 'utf8');
}

export function bearer(address: Address): Fields {
  return { authorization: `Bearer ${address.token}` };
}
