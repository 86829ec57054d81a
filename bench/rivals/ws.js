/** A broadcast that knows nothing but its sockets: `ws` sends one ready text to each. */
import { WebSocketServer } from 'ws';
import { PORT, told } from './desk.js';

const ACK = '{"type":"connection_ack"}';
const subscribed = new Set();

const server = told(
  (text) => {
    for (const socket of subscribed) socket.send(text);
  },
  () => subscribed.size,
);
new WebSocketServer({ server, path: '/graphql' }).on('connection', (socket) => {
  socket.once('message', () => {
    socket.send(ACK);
    socket.once('message', () => subscribed.add(socket));
  });
  socket.on('close', () => subscribed.delete(socket));
});
server.listen(PORT, '127.0.0.1');
