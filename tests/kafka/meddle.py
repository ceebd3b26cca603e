#!/usr/bin/python3
"""Does to a topic what nobody should: for tests of what Rollcall makes of it.

  meddle.py BROKERS create TOPIC PARTITIONS [NAME=VALUE…]
  meddle.py BROKERS delete TOPIC
  meddle.py BROKERS send TOPIC PARTITION KEY VALUE [NAME=VALUE…]   a record with headers
  meddle.py BROKERS copy TOPIC FROM HOW N                          FROM's records, the event at position N
                                                                   skip-ped, twice, early, moved, of other data or words
  meddle.py BROKERS abort TOPIC PARTITION COUNT                    a transaction of so many records, aborted
  meddle.py BROKERS hold TOPIC PARTITION SECONDS                   one that is open for a while, then aborted
"""
import sys
import time

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
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


def records_of(source):
    """Committed records, by partition and offset."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "meddler", "enable.partition.eof": True,
                         "isolation.level": "read_committed"})
    partitions = consumer.list_topics(source, timeout=10).topics[source].partitions
    consumer.assign([TopicPartition(source, partition, 0) for partition in partitions])
    records, open_ones = [], len(partitions)
    while open_ones:
        record = consumer.poll(10)
        if record is None:
            sys.exit(f"{source} does not end")
        if record.error() and record.error().code() == KafkaError._PARTITION_EOF:
            open_ones -= 1
        else:
            records.append(record)
    consumer.close()
    return sorted(records, key=lambda record: (record.partition(), record.offset()))


def position_of(record):
    return int(dict(record.headers())["ce_sequence"])


def copy(source, how, position):
    records = records_of(source)
    at = next(i for i, record in enumerate(records) if position_of(record) == position)
    if how == "skip":
        del records[at]
    elif how == "twice":
        records.insert(at, records[at])
    elif how == "early":
        records[at - 1], records[at] = records[at], records[at - 1]
    producer = Producer({"bootstrap.servers": brokers})
    partitions = len(admin.list_topics(topic, timeout=10).topics[topic].partitions)
    for record in records:
        hit = position_of(record) == position
        partition, value, headers = record.partition(), record.value(), record.headers()
        if hit and how == "moved":
            partition = (partition + 1) % partitions
        if hit and how == "data":
            value = value.replace(b"{", b'{ ')
        if hit and how == "words":
            headers = [(name, b"system" if name == "ce_authtype" else text) for name, text in headers]
        producer.produce(topic, key=record.key(), value=value, partition=partition, headers=headers)
    if producer.flush(30) != 0:
        sys.exit("records were not stored")


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
elif what == "copy":
    copy(rest[0], rest[1], int(rest[2]))
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
