#pragma once
#include <zlib.h>
// zlib's inflateInit2 and deflateInit2 are macros, which Swift cannot see.
static inline int holdfast_inflate_init(z_stream *stream, int windowBits) {
    return inflateInit2(stream, windowBits);
}
static inline int holdfast_deflate_init(z_stream *stream, int level, int windowBits) {
    return deflateInit2(stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
}
