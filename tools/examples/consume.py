#!/usr/bin/python3
"""Reads Rollcall's events from Kafka and prints a line for each: position, type, key.

Needs confluent_kafka: Debian's python3-confluent-kafka, or the package of that name from PyPI."""

import argparse
import sys

from confluent_kafka import Consumer, KafkaException

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("--bootstrap", default="127.0.0.1:9092")
options.add_argument("--topic", default="rollcall.events")
options.add_argument("--group", default="example-python")
options.add_argument("--until", type=int, default=0, help="end after so many events; 0: never")
options = options.parse_args()

consumer = Consumer({
    "bootstrap.servers": options.bootstrap,
    "group.id": options.group,
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",  # attempts that failed are passed over
    "enable.auto.offset.store": False,  # an offset counts once its event was handled
})
consumer.subscribe([options.topic])

# A real consumer keeps the last position of each key with what it makes of the events, in one transaction. It needs
# no more: within a key positions rise, so what is not above the last one was handled before.
last = {}
handled = 0


def handle(position, event_type, key, data):
    print(position, event_type, key, flush=True)


try:
    while handled < options.until or options.until == 0:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        headers = {name: value.decode() for name, value in message.headers()}
        key, position = message.key().decode(), int(headers["ce_sequence"])
        if position > last.get(key, -1):
            handle(position, headers["ce_type"], key, message.value())
            last[key] = position
            handled += 1
        else:
            print(f"again: {position} of {key}, after {last[key]}", file=sys.stderr)
        consumer.store_offsets(message)
except KeyboardInterrupt:
    pass
finally:
    consumer.close()  # commits what was stored
