// Reads Rollcall's events from Kafka and prints a line for each: position, type, key. Needs kafkajs from npm.
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';

const { values: options } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092' },
    topic: { type: 'string', default: 'rollcall.events' },
    group: { type: 'string', default: 'example-javascript' },
    until: { type: 'string', default: '0' }, // end after so many events; 0: never
  },
});
const until = Number(options.until);

const kafka = new Kafka({ brokers: options.bootstrap.split(','), logLevel: logLevel.ERROR });
// Read committed: attempts that failed are passed over.
const consumer = kafka.consumer({ groupId: options.group, readUncommitted: false });

// A real consumer keeps the last position of each key with what it makes of the events, in one transaction. It needs
// no more: within a key positions rise, so what is not above the last one was handled before.
const last = new Map();
let handled = 0;

function handle(position, type, key, data) {
  console.log(position, type, key);
}

let end;
const ended = new Promise((resolve) => (end = resolve));
process.once('SIGINT', end);
process.once('SIGTERM', end);
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (!payload.restart) end((process.exitCode = 1));
});

await consumer.connect();
await consumer.subscribe({ topic: options.topic, fromBeginning: true });
await consumer.run({
  // Returning from here is what makes an offset count.
  eachMessage: async ({ message }) => {
    const key = message.key.toString();
    const position = Number(message.headers.ce_sequence);
    if (position > (last.get(key) ?? -1)) {
      handle(position, message.headers.ce_type.toString(), key, message.value);
      last.set(key, position);
      handled += 1;
    } else {
      console.error(`again: ${position} of ${key}, after ${last.get(key)}`);
    }
    if (handled === until) end();
  },
});
await ended;
await consumer.disconnect();
