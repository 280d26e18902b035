#pragma once
#include <zlib.h>
// zlib's inflateInit2 is a macro, which Swift cannot see.
static inline int holdfast_inflate_init(z_stream *stream, int windowBits) {
    return inflateInit2(stream, windowBits);
}
