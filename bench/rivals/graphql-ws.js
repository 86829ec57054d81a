/** graphql-ws over graphql-js with an in-memory PubSub: what the documentation of Apollo Server asks for. */
import { buildSchema } from 'graphql';
import { PubSub } from 'graphql-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { changeIn, PORT, SCHEMA, told, TOPIC } from './desk.js';

const pubsub = new PubSub();
pubsub.ee.setMaxListeners(0);
let subscribers = 0;

const schema = buildSchema(SCHEMA);
schema.getSubscriptionType().getFields().ticketStatusChanged.subscribe = () => {
  subscribers += 1;
  return pubsub.asyncIterableIterator(TOPIC);
};

const server = told(
  (text) => pubsub.publish(TOPIC, changeIn(text)),
  () => subscribers,
);
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
server.listen(PORT, '127.0.0.1');
