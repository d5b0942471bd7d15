/* zlib as a module behind its header beside the native zlib of the same source: what either compresses
 * is the same, byte for byte, and the other decompresses it. The argument is a text file. With a
 * second one, tells how long both took. */

#include "codec.h"
#include "zlib_module.h"

#include "check.h"

#include <string.h>
#include <time.h>

enum { LARGEST = 4 << 20, ROOM = LARGEST + LARGEST / 8 + 4096, RAW = -15, ZLIB = 15, GZIP = 31 };
enum { LEVELS = 11, STRATEGIES = 5 };

static wasmwright_zlib_module_t *module;
static wasmwright_memory_t *memory;
/* Addresses in the module's memory. */
static uint32_t guest_from, guest_to;
static uint8_t *packed, *unpacked, *other;
static double native_seconds, module_seconds;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Copies in, calls, copies what came out to `to`. */
static int32_t module_pack(const uint8_t *from, size_t bytes, uint8_t *to, size_t room, int32_t level,
                           int32_t window, int32_t strategy, size_t piece) {
    uint32_t length = 0;
    CHECK(wasmwright_zlib_module_memory_write(memory, guest_from, from, bytes));
    double begin = now();
    CHECK_EQUAL(zlib_module_pack(module, guest_from, (uint32_t)bytes, guest_to, (uint32_t)room, (uint32_t)level,
                                 (uint32_t)window, (uint32_t)strategy, (uint32_t)piece, &length),
                WASMWRIGHT_OK);
    module_seconds += now() - begin;
    if ((int32_t)length > 0)
        CHECK(wasmwright_zlib_module_memory_read(memory, guest_to, to, length));
    return (int32_t)length;
}

static int32_t module_unpack(const uint8_t *from, size_t bytes, uint8_t *to, size_t room, int32_t window,
                             size_t piece) {
    uint32_t length = 0;
    CHECK(wasmwright_zlib_module_memory_write(memory, guest_from, from, bytes));
    double begin = now();
    CHECK_EQUAL(zlib_module_unpack(module, guest_from, (uint32_t)bytes, guest_to, (uint32_t)room,
                                   (uint32_t)window, (uint32_t)piece, &length),
                WASMWRIGHT_OK);
    module_seconds += now() - begin;
    if ((int32_t)length > 0)
        CHECK(wasmwright_zlib_module_memory_read(memory, guest_to, to, length));
    return (int32_t)length;
}

static void both_ways(const uint8_t *text, size_t bytes, int32_t level, int32_t window, int32_t strategy,
                      size_t piece) {
    double begin = now();
    int32_t length = native_pack(text, bytes, packed, ROOM, level, window, strategy, piece);
    native_seconds += now() - begin;
    CHECK(length > 0);
    CHECK_EQUAL(module_pack(text, bytes, other, ROOM, level, window, strategy, piece), length);
    CHECK(memcmp(packed, other, (size_t)length) == 0);
    memset(unpacked, 0xee, bytes);
    CHECK_EQUAL(module_unpack(packed, (size_t)length, unpacked, ROOM, window, piece), bytes);
    CHECK(memcmp(text, unpacked, bytes) == 0);
    memset(unpacked, 0xee, bytes);
    begin = now();
    CHECK_EQUAL(native_unpack(other, (size_t)length, unpacked, ROOM, window, piece), bytes);
    native_seconds += now() - begin;
    CHECK(memcmp(text, unpacked, bytes) == 0);
}

/* Damaged streams end both with the same error, or the same output. */
static void damage(const uint8_t *text, size_t bytes) {
    int32_t length = native_pack(text, bytes, packed, ROOM, 6, ZLIB, 0, ROOM);
    CHECK(length > 100);
    for (int round = 0; round < 200; round++) {
        size_t place = (size_t)round * 7919 % (size_t)length;
        uint8_t flip = (uint8_t)(1 + round % 255);
        packed[place] ^= flip;
        int32_t length_out = module_unpack(packed, (size_t)length, other, bytes, ZLIB, 1000);
        CHECK_EQUAL(length_out, native_unpack(packed, (size_t)length, unpacked, bytes, ZLIB, 1000));
        CHECK(length_out <= 0 || memcmp(other, unpacked, (size_t)length_out) == 0);
        packed[place] ^= flip;
    }
    for (int32_t cut = 0; cut < 50; cut++)
        CHECK_EQUAL(module_unpack(packed, (size_t)cut, other, bytes, ZLIB, ROOM),
                    native_unpack(packed, (size_t)cut, unpacked, bytes, ZLIB, ROOM));
    CHECK_EQUAL(module_pack(text, bytes, other, 10, 6, ZLIB, 0, ROOM), native_pack(text, bytes, packed, 10, 6, ZLIB, 0, ROOM));
}

static void every_way(const uint8_t *text, size_t bytes) {
    uint32_t sum = 0;
    CHECK(wasmwright_zlib_module_memory_write(memory, guest_from, text, bytes));
    CHECK_EQUAL(zlib_module_check(module, guest_from, (uint32_t)bytes, &sum), WASMWRIGHT_OK);
    CHECK_EQUAL(sum, native_check(text, bytes));
    for (int32_t level = -1; level < LEVELS - 1; level++)
        both_ways(text, bytes, level, ZLIB, 0, ROOM);
    for (int32_t strategy = 1; strategy < STRATEGIES; strategy++)
        both_ways(text, bytes, 6, GZIP, strategy, 60000);
    both_ways(text, bytes, 6, RAW, 0, 4096);
    both_ways(text, bytes, 9, -9, 0, 1021);
    if (bytes <= 1 << 16)
        both_ways(text, bytes, 5, GZIP, 0, 1);
}

/* Records with a counter and a field that repeats: neither text nor noise. */
static void fill_records(uint8_t *to, size_t bytes) {
    uint64_t state = 88172645463325252u;
    for (size_t place = 0; place + 16 <= bytes; place += 16) {
        uint32_t counter = (uint32_t)(place / 16), kind = (uint32_t)(state % 7);
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        memcpy(to + place, &counter, 4);
        memcpy(to + place + 4, &kind, 4);
        memcpy(to + place + 8, &(uint64_t){state >> 44}, 8);
    }
}

static void fill_noise(uint8_t *to, size_t bytes) {
    uint64_t state = 0x9e3779b97f4a7c15u;
    for (size_t place = 0; place < bytes; place++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        to[place] = (uint8_t)(state >> 32);
    }
}

static void inputs(uint8_t *text, const char *path) {
    FILE *file = fopen(path, "rb");
    CHECK(file);
    size_t bytes = fread(text, 1, LARGEST, file);
    fclose(file);
    CHECK(bytes > 10000);
    every_way(text, bytes);
    damage(text, bytes);
    for (size_t length = bytes; length < LARGEST; length++)
        text[length] = text[length - bytes] ^ (uint8_t)(length % 1009 == 0);
    every_way(text, LARGEST / 4);
    memset(text, 0, LARGEST);
    every_way(text, LARGEST / 2);
    every_way(text, 0);
    every_way(text, 1);
    fill_noise(text, LARGEST);
    every_way(text, 100000);
    both_ways(text, LARGEST, 6, ZLIB, 0, ROOM);
    fill_records(text, LARGEST);
    every_way(text, LARGEST / 4);
}

int main(int count, char **arguments) {
    CHECK(count > 1);
    wasmwright_zlib_module_error_t error;
    module = wasmwright_zlib_module_instantiate(NULL, &error);
    if (!module)
        fprintf(stderr, "%s\n", error.message);
    CHECK(module);
    memory = zlib_module_memory(module);
    CHECK_EQUAL(zlib_module_reserve(module, ROOM, &guest_from), WASMWRIGHT_OK);
    CHECK_EQUAL(zlib_module_reserve(module, ROOM, &guest_to), WASMWRIGHT_OK);
    uint8_t *text = malloc(LARGEST);
    packed = malloc(ROOM), unpacked = malloc(ROOM), other = malloc(ROOM);
    CHECK(guest_from && guest_to && text && packed && unpacked && other);
    inputs(text, arguments[1]);
    CHECK_EQUAL(zlib_module_release(module, guest_to), WASMWRIGHT_OK);
    CHECK_EQUAL(zlib_module_release(module, guest_from), WASMWRIGHT_OK);
    wasmwright_zlib_module_free(module);
    free(text), free(packed), free(unpacked), free(other);
    if (count > 2)
        fprintf(stderr, "module %.3f s, native %.3f s: %.2f times\n", module_seconds, native_seconds,
                module_seconds / native_seconds);
    puts("done");
    return 0;
}
