#pragma once
#include <librdkafka/rdkafka.h>
// Its cluster for tests; the program itself calls nothing of it.
#include <librdkafka/rdkafka_mock.h>

// rd_kafka_producev takes a variable list of arguments, which Swift cannot call. The key and the value are copied. The
// headers belong to the message where it is taken, and else still to the caller.
static inline rd_kafka_resp_err_t holdfast_kafka_produce(rd_kafka_t *producer, const char *topic, const void *key,
                                                         size_t key_bytes, const void *value, size_t value_bytes,
                                                         rd_kafka_headers_t *headers) {
    return rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_bytes),
                             RD_KAFKA_V_VALUE((void *)value, value_bytes), RD_KAFKA_V_HEADERS(headers),
                             RD_KAFKA_V_END);
}
