#!/usr/bin/env python3
"""Tries Kafka with clients that are not ours: test-kafka.py PROGRAM, in the environment of `make test-kafka`.

Brokers and consumer are those of `confluent-kafka`, whose librdkafka is newer than the program's: its cluster for tests speaks
Kafka's protocol over TCP. Messages are read with `cloudevents`, in both modes, and compared with `GET /v1/events`. The service is
killed in the middle, and goes on when the lease of the one that died has ended.
"""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, from_structured_event
from confluent_kafka import Consumer, Producer, TopicPartition

STARTED_WITHIN, ARRIVES_WITHIN = 60, 90
LINES, LINES_PER_REQUEST, ITEMS = 300, 10, 12


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: {found} where {wanted} was expected")
    print(f"  {what}: {found}")


class Service:
    def __init__(self, program, folder, **settings):
        self.program, self.port = program, free_port()
        self.environment = dict(
            os.environ, HOLDFAST_DATA_DIR=folder, HOLDFAST_HTTP_PORT=str(self.port), HOLDFAST_LOG_LEVEL="error", **settings)

    def start(self):
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=subprocess.DEVNULL)
        end = time.monotonic() + STARTED_WITHIN
        while self.call("GET", "/health/ready")[0] != 200:
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit("the service did not start")
            time.sleep(0.1)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait()

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content[:1] == b"{" else None
        except OSError as error:
            return type(error).__name__, None
        finally:
            connection.close()

    def sell(self, name, count):
        for first in range(0, count, LINES_PER_REQUEST):
            lines = [{"eventId": f"{name}-{number}", "type": "sale", "sku": f"sku-{number % ITEMS}",
                      "location": "L", "quantity": 1} for number in range(first, first + LINES_PER_REQUEST)]
            if self.call("POST", "/v1/movements", {"source": "till", "lines": lines})[0] != 200:
                sys.exit("lines were not taken")

    def events(self):
        found, after = {}, "0"
        while True:
            page = self.call("GET", f"/v1/events?after={after}&limit=1000")[1]
            if not page["events"]:
                return found
            found.update({event["id"]: event for event in page["events"]})
            after = page["nextCursor"]


def read(consumer, messages, wanted):
    """Reads on until all wanted ids have come."""
    end = time.monotonic() + ARRIVES_WITHIN
    while not wanted <= {event.get_id() for event, _ in messages}:
        if time.monotonic() > end:
            sys.exit(f"{len(wanted - {event.get_id() for event, _ in messages})} of {len(wanted)} events did not come")
        message = consumer.poll(0.2)
        if message is None or message.error():
            continue
        parts = KafkaMessage(headers=dict(message.headers()), key=message.key(), value=message.value())
        binary = "ce_id" in parts.headers
        messages.append((from_binary_event(parts) if binary else from_structured_event(parts), message))


def place(event):
    return tuple(int(part) for part in event.get_id().split("-"))


def check(messages, feed):
    """Every event as the feed has it, and those of a key in one partition, in the feed's order once repeats are dropped."""
    expect("events", len({event.get_id() for event, _ in messages}), len(feed))
    partitions, last, seen = {}, {}, set()
    for event, message in messages:
        known, key = feed[event.get_id()], message.key().decode()
        attributes = {name: known[name] for name in ("type", "source", "subject", "specversion")}
        found = {"type": event.get_type(), "source": event.get_source(), "subject": event.get_subject(),
                 "specversion": event.get_specversion()}
        if found != attributes or key != known["partitionkey"] or event.get_extension("partitionkey") != key:
            sys.exit(f"{event.get_id()}: {found} and key {key} where the feed has {known}")
        # Exceptions and the like are shown as they are when they are sent.
        if known["type"].startswith("inventory.") and event.get_data() != known["data"]:
            sys.exit(f"{event.get_id()}: {event.get_data()} where the feed has {known['data']}")
        if partitions.setdefault(key, message.partition()) != message.partition():
            sys.exit(f"{key} is in several partitions")
        if event.get_id() in seen:
            continue
        seen.add(event.get_id())
        if last.get(key, (0, 0)) >= place(event):
            sys.exit(f"{key}: {event.get_id()} after {last[key]}")
        last[key] = place(event)
    print(f"  each as in the feed, and each key in order; {len(messages) - len(seen)} came twice")


def main(program):
    cluster = Producer({"bootstrap.servers": "", "test.mock.num.brokers": 3, "log_level": 0})
    brokers = ",".join(f"{broker.host}:{broker.port}" for broker in cluster.list_topics(timeout=10).brokers.values())
    with tempfile.TemporaryDirectory() as folder:
        # PostgreSQL runs as a user of its own when this is root's folder.
        os.chmod(folder, 0o755)
        for mode in ("structured", "binary"):
            print(f"{mode}, read with cloudevents:")
            topic = f"stock.{mode}"
            cluster.list_topics(topic, timeout=10)
            partitions = len(cluster.list_topics(topic, timeout=10).topics[topic].partitions)
            consumer = Consumer({"bootstrap.servers": brokers, "group.id": mode, "isolation.level": "read_committed"})
            consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
            service = Service(
                program, f"{folder}/data", HOLDFAST_KAFKA_BROKERS=brokers, HOLDFAST_KAFKA_TOPIC=topic,
                HOLDFAST_KAFKA_MODE=mode, HOLDFAST_KAFKA_START="oldest")
            service.start()
            messages = []
            try:
                service.call("PUT", "/v1/locations/L", {"name": "L"})
                for number in range(ITEMS):
                    service.call("PUT", f"/v1/items/sku-{number}", {"name": str(number)})
                service.sell(f"{mode}-before", LINES)
                if mode == "structured":
                    read(consumer, messages, set(list(service.events())[:20]))
                    service.sell("killed", LINES)
                    service.stop(signal.SIGKILL)
                    service.start()
                    service.sell("after", LINES)
                # Figures become others for a while after the last sale.
                feed = {}
                while not messages or {event.get_id() for event, _ in messages} != set(feed):
                    feed = service.events()
                    read(consumer, messages, set(feed))
                check(messages, feed)
            finally:
                expect("stopped with", service.stop(), 0)
            consumer.close()


if __name__ == "__main__":
    main(sys.argv[1])
