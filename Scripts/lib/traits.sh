#!/usr/bin/env bash
# Prints the traits that `swift build` and `swift test` are run with here. Everything on one machine takes the same ones,
# since others compile all of it again: Kafka where librdkafka is installed (docs/kafka.md).
if pkg-config --exists rdkafka 2> /dev/null; then echo "--traits Kafka"; fi
