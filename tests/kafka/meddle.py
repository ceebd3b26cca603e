#!/usr/bin/python3
"""Does to a topic what nobody should: for tests of what Rollcall makes of it.

  meddle.py BROKERS create TOPIC PARTITIONS [NAME=VALUE…]
  meddle.py BROKERS delete TOPIC
  meddle.py BROKERS send TOPIC PARTITION KEY VALUE [NAME=VALUE…]   a record with headers
  meddle.py BROKERS abort TOPIC PARTITION COUNT                    a transaction of so many records, aborted
  meddle.py BROKERS hold TOPIC PARTITION SECONDS                   one that is open for a while, then aborted
"""
import sys
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

brokers, what, topic, *rest = sys.argv[1:]
admin = AdminClient({"bootstrap.servers": brokers})


def pairs(texts):
    return [tuple(text.split("=", 1)) for text in texts]


def transaction(partition, count):
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": "meddler"})
    producer.init_transactions()
    producer.begin_transaction()
    for number in range(count):
        producer.produce(topic, value=f"never {number}", partition=partition)
    if producer.flush(30) != 0:
        sys.exit("records were not stored")
    return producer


if what == "create":
    future = admin.create_topics([NewTopic(topic, int(rest[0]), 1, config=dict(pairs(rest[1:])))])[topic]
    future.result(30)
elif what == "delete":
    admin.delete_topics([topic])[topic].result(30)
elif what == "send":
    partition, key, value, *headers = rest
    failures = []
    producer = Producer({"bootstrap.servers": brokers})
    producer.produce(topic, key=key, value=value, partition=int(partition), headers=pairs(headers),
                     on_delivery=lambda error, _: failures.append(error) if error else None)
    if producer.flush(30) != 0 or failures:
        sys.exit(f"not stored: {failures}")
elif what == "abort":
    transaction(int(rest[0]), int(rest[1])).abort_transaction(30)
elif what == "hold":
    producer = transaction(int(rest[0]), 3)
    time.sleep(float(rest[1]))
    producer.abort_transaction(30)
else:
    sys.exit(__doc__)
# A topic is created or gone once every broker says so.
if what in ("create", "delete"):
    for _ in range(300):
        if (topic in admin.list_topics(timeout=10).topics) == (what == "create"):
            break
        time.sleep(0.1)
