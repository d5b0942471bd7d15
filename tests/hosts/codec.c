/* A codec around zlib: exports of a module, and functions of a native library, from one source. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "zlib.h"

#ifdef __wasm__
#define NAME(name) name
#define EXPORTED(name) __attribute__((export_name(#name)))
#else
#include "codec.h"
#define NAME(name) native_##name
#define EXPORTED(name)
#endif

/* Moves a stream over its input and output in pieces. Returns what came out, or zlib's error. */
static int32_t drive(z_stream *stream, int (*step)(z_stream *, int), int (*end)(z_stream *), size_t bytes,
                     size_t room, size_t piece) {
    int code = Z_OK;
    while (code == Z_OK) {
        size_t in = bytes - stream->total_in, out = room - stream->total_out;
        stream->avail_in = in < piece ? in : piece;
        stream->avail_out = out < piece ? out : piece;
        uLong before = stream->total_in + stream->total_out;
        code = step(stream, in <= piece ? Z_FINISH : Z_NO_FLUSH);
        /* Else the stream ends too early, or there is no room. */
        if (code == Z_BUF_ERROR && stream->total_in + stream->total_out != before)
            code = Z_OK;
    }
    int32_t length = stream->total_out;
    end(stream);
    return code == Z_STREAM_END ? length : code;
}

/* Compresses; windows are zlib's, for raw streams, zlib's own and gzip's. */
EXPORTED(pack)
int32_t NAME(pack)(const void *from, size_t bytes, void *to, size_t room, int32_t level, int32_t window,
                   int32_t strategy, size_t piece) {
    z_stream stream = {.next_in = (z_const Bytef *)from, .next_out = to};
    int code = deflateInit2(&stream, level, Z_DEFLATED, window, 8, strategy);
    return code == Z_OK ? drive(&stream, deflate, deflateEnd, bytes, room, piece) : code;
}

EXPORTED(unpack)
int32_t NAME(unpack)(const void *from, size_t bytes, void *to, size_t room, int32_t window, size_t piece) {
    z_stream stream = {.next_in = (z_const Bytef *)from, .next_out = to};
    int code = inflateInit2(&stream, window);
    return code == Z_OK ? drive(&stream, inflate, inflateEnd, bytes, room, piece) : code;
}

/* Both checksums. */
EXPORTED(check)
uint32_t NAME(check)(const void *from, size_t bytes) {
    return crc32(0, from, bytes) ^ adler32(1, from, bytes);
}

#ifdef __wasm__

EXPORTED(reserve)
void *reserve(size_t bytes) { return malloc(bytes); }

EXPORTED(release)
void release(void *reserved) { free(reserved); }

#endif
