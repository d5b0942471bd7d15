/* What `codec.c` offers as a native library: see there. */

#ifndef CODEC_H
#define CODEC_H

#include <stddef.h>
#include <stdint.h>

int32_t native_pack(const void *from, size_t bytes, void *to, size_t room, int32_t level, int32_t window,
                    int32_t strategy, size_t piece);
int32_t native_unpack(const void *from, size_t bytes, void *to, size_t room, int32_t window, size_t piece);
uint32_t native_check(const void *from, size_t bytes);

#endif
