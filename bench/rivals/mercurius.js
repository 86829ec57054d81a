/** Mercurius on Fastify with its own in-memory emitter, as its documentation shows. */
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { changeIn, PORT, SCHEMA, TOPIC } from './desk.js';

let subscribers = 0;

const app = Fastify();
app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
await app.register(mercurius, {
  schema: SCHEMA,
  resolvers: {
    Subscription: {
      ticketStatusChanged: {
        subscribe: (_root, _values, { pubsub }) => {
          subscribers += 1;
          return pubsub.subscribe(TOPIC);
        },
      },
    },
  },
  subscription: true,
});
app.post('/publish', async (request) => {
  app.graphql.pubsub.publish({ topic: TOPIC, payload: changeIn(request.body) });
  return String(subscribers);
});
app.get('/', async () => String(subscribers));
await app.listen({ port: PORT, host: '127.0.0.1' });
