#!/usr/bin/env bash
# Prints the options that `swift build` and `swift test` are run with here. Everything on one machine takes the same ones, since others
# compile all of it again.
#
# Kafka is in where librdkafka is installed (docs/kafka.md). Without line numbers a module takes a twentieth to a tenth less to build, and
# names of functions are in the program all the same; HOLDFAST_DEBUG_INFO=dwarf gives lines to a backtrace or a profile.
options="-debug-info-format ${HOLDFAST_DEBUG_INFO:-none}"
if pkg-config --exists rdkafka 2> /dev/null; then options+=" --traits Kafka"; fi
echo "$options"
