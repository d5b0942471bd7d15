/* Standard streams of WASI that are functions of the host. */

#include "streams.h"
#include "check.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { BADF = 8, FAULT = 21, NOTCAPABLE = 76, NOTSOCK = 57, SPIPE = 70 };
/* Where things are in the guest's memory. */
enum { RESULT = 0, LIST = 16, TEXT = 256, MORE = 512, EVENTS = 1024, END = 65536 };

/* What the functions do next, and what they were asked to do. */
struct script {
    size_t at_most, reported, taken, calls;
    uint32_t code, code_from_second;
    char text[64];
    const char *input;
};

static uint32_t answer(struct script *script, size_t length, size_t *done) {
    CHECK(length > 0);
    script->calls++;
    uint32_t code = script->calls > 1 ? script->code_from_second : script->code;
    *done = script->reported ? script->reported : length < script->at_most ? length : script->at_most;
    return code;
}

static uint32_t take(struct script *script, const void *from, size_t length, size_t *done) {
    uint32_t code = answer(script, length, done);
    if (!code && !script->reported) {
        memcpy(script->text + script->taken, from, *done);
        script->taken += *done;
    }
    return code;
}

static uint32_t output(void *user, const void *from, size_t length, size_t *done) {
    return take(user, from, length, done);
}

static uint32_t output_marked(void *user, const void *from, size_t length, size_t *done) {
    struct script *script = user;
    script->text[script->taken++] = '!';
    return take(script, from, length, done);
}

static uint32_t input(void *user, void *to, size_t length, size_t *done) {
    struct script *script = user;
    uint32_t code = answer(script, length, done);
    if (!code && !script->reported) {
        size_t left = strlen(script->input);
        *done = *done < left ? *done : left;
        memcpy(to, script->input, *done);
        script->input += *done;
    }
    return code;
}

static struct script script;

static void plan(size_t at_most, uint32_t code) {
    memset(&script, 0, sizeof script);
    script.at_most = at_most;
    script.code = script.code_from_second = code;
    script.input = "";
}

static wasmwright_streams_t *instance;
static wasmwright_memory_t *memory;

static void put(uint64_t address, const void *from, size_t bytes) {
    CHECK(wasmwright_streams_memory_write(memory, address, from, bytes));
}

static uint32_t word(uint64_t address) {
    uint32_t value = 0;
    CHECK(wasmwright_streams_memory_read(memory, address, &value, sizeof value));
    return value;
}

/* A buffer at each address, of so many bytes. */
static void list(uint32_t first, uint32_t first_bytes, uint32_t second, uint32_t second_bytes) {
    uint32_t buffers[4] = {first, first_bytes, second, second_bytes}, unknown = 0xdddddddd;
    put(LIST, buffers, sizeof buffers);
    put(RESULT, &unknown, sizeof unknown);
}

static uint32_t write_to(uint32_t number, uint32_t count) {
    uint32_t error = 0;
    CHECK_EQUAL(streams_write(instance, number, LIST, count, RESULT, &error), WASMWRIGHT_OK);
    return error;
}

static uint32_t read_from(uint32_t number, uint32_t count) {
    uint32_t error = 0;
    CHECK_EQUAL(streams_read(instance, number, LIST, count, RESULT, &error), WASMWRIGHT_OK);
    return error;
}

static void make(wasmwright_wasi_t *wasi) {
    wasmwright_streams_imports_t imports = {.wasi = wasi};
    wasmwright_streams_error_t error;
    instance = wasmwright_streams_instantiate(&imports, &error);
    CHECK(instance);
    memory = streams_memory(instance);
    put(TEXT, "hello", 5);
    put(MORE, "you!", 4);
}

static void writes(void) {
    plan(64, 0);
    list(TEXT, 5, MORE, 4);
    CHECK_EQUAL(write_to(1, 2), 0);
    CHECK(word(RESULT) == 9 && script.calls == 2 && strcmp(script.text, "helloyou!") == 0);
    plan(3, 0); /* takes less than it is offered */
    CHECK_EQUAL(write_to(1, 2), 0);
    CHECK(word(RESULT) == 3 && script.calls == 1 && strcmp(script.text, "hel") == 0);
    plan(0, 0);
    CHECK_EQUAL(write_to(1, 2), 0);
    CHECK_EQUAL(word(RESULT), 0);
    plan(64, 0);
    CHECK_EQUAL(write_to(2, 1), 0);
    CHECK(strcmp(script.text, "!hello") == 0);
    plan(64, 0); /* nothing to write */
    list(TEXT, 0, MORE, 0);
    CHECK_EQUAL(write_to(1, 2), 0);
    CHECK(word(RESULT) == 0 && script.calls == 0);
    list(TEXT, 5, END - 3, 4);
    CHECK_EQUAL(write_to(1, 2), FAULT);
    CHECK_EQUAL(script.calls, 0);
}

static void errors(void) {
    list(TEXT, 5, MORE, 4);
    plan(64, WASMWRIGHT_WASI_NOSPC);
    CHECK_EQUAL(write_to(1, 2), WASMWRIGHT_WASI_NOSPC);
    CHECK_EQUAL(word(RESULT), 0xdddddddd);
    plan(64, 0); /* what was taken before is told first */
    script.code_from_second = WASMWRIGHT_WASI_PIPE;
    CHECK_EQUAL(write_to(1, 2), 0);
    CHECK_EQUAL(word(RESULT), 5);
    for (uint32_t code = 77; code; code *= 3) { /* not numbers of WASI's */
        plan(64, code);
        CHECK_EQUAL(write_to(1, 2), WASMWRIGHT_WASI_IO);
        CHECK_EQUAL(read_from(0, 2), WASMWRIGHT_WASI_IO);
        if (code > 0x1000000)
            break;
    }
    plan(64, 0); /* more than there was */
    script.reported = 6;
    CHECK_EQUAL(write_to(1, 1), WASMWRIGHT_WASI_IO);
    CHECK_EQUAL(read_from(0, 1), WASMWRIGHT_WASI_IO);
}

static void reads(void) {
    char text[8] = "";
    list(TEXT, 5, MORE, 4);
    plan(64, 0);
    script.input = "0123456789";
    CHECK_EQUAL(read_from(0, 2), 0);
    CHECK(word(RESULT) == 5 && script.calls == 1);
    CHECK_EQUAL(read_from(0, 2), 0);
    CHECK(word(RESULT) == 5 && wasmwright_streams_memory_read(memory, TEXT, text, 5) && strcmp(text, "56789") == 0);
    CHECK_EQUAL(read_from(0, 2), 0); /* the end */
    CHECK_EQUAL(word(RESULT), 0);
    plan(64, WASMWRIGHT_WASI_AGAIN);
    CHECK_EQUAL(read_from(0, 2), WASMWRIGHT_WASI_AGAIN);
    CHECK_EQUAL(read_from(1, 1), BADF);
    CHECK_EQUAL(write_to(0, 1), BADF);
    CHECK_EQUAL(script.calls, 1);
    put(TEXT, "hello", 5);
}

/* What else is done with descriptors: nothing of the process is reached. */
static void others(void) {
    uint32_t error = 0;
    plan(64, 0);
    list(TEXT, 5, MORE, 4);
    for (uint32_t number = 0; number < 3; number++) {
        put(TEXT + 64, "\xff", 1);
        CHECK(streams_fdstat(instance, number, TEXT + 64, &error) == WASMWRIGHT_OK && error == 0);
        CHECK_EQUAL(word(TEXT + 64), 0); /* of no type, without flags */
        CHECK(streams_filestat(instance, number, TEXT + 64, &error) == WASMWRIGHT_OK && error == 0);
        CHECK_EQUAL(word(TEXT + 64 + 16), 0);
        CHECK(streams_seek(instance, number, 0, 1, RESULT, &error) == WASMWRIGHT_OK && error == SPIPE);
        CHECK(streams_pwrite(instance, number, LIST, 1, 0, RESULT, &error) == WASMWRIGHT_OK && error == SPIPE);
        CHECK(streams_sync(instance, number, &error) == WASMWRIGHT_OK && error == NOTCAPABLE);
        CHECK(streams_set_flags(instance, number, 4, &error) == WASMWRIGHT_OK && error == NOTCAPABLE);
        CHECK(streams_send(instance, number, LIST, 1, 0, RESULT, &error) == WASMWRIGHT_OK && error == NOTSOCK);
    }
    CHECK_EQUAL(script.calls, 0);
    /* They are ready: an hour is not waited for. */
    struct {
        uint64_t user;
        uint8_t kind, padding[7];
        uint32_t number;
        uint64_t timeout, precision;
        uint16_t flags;
    } requests[3] = {{1, 0, {0}, 1, 3600000000000, 0, 0}, {2, 1, {0}, 0, 0, 0, 0}, {3, 2, {0}, 1, 0, 0, 0}};
    struct {
        uint64_t user;
        uint16_t error;
        uint8_t kind;
    } event;
    CHECK_EQUAL(sizeof requests, 3 * 48);
    put(2048, requests, sizeof requests);
    CHECK(streams_poll(instance, 2048, EVENTS, 3, RESULT, &error) == WASMWRIGHT_OK && error == 0);
    CHECK_EQUAL(word(RESULT), 2);
    for (uint32_t index = 0; index < 2; index++) {
        CHECK(wasmwright_streams_memory_read(memory, EVENTS + 32 * index, &event, sizeof event));
        CHECK(event.user == index + 2 && event.error == 0 && event.kind == index + 1);
    }
    /* They move and close as others do. */
    CHECK(streams_renumber(instance, 1, 2, &error) == WASMWRIGHT_OK && error == 0);
    CHECK_EQUAL(write_to(2, 1), 0);
    CHECK(strcmp(script.text, "hello") == 0);
    CHECK_EQUAL(write_to(1, 1), BADF);
    CHECK(streams_close(instance, 0, &error) == WASMWRIGHT_OK && error == 0);
    CHECK_EQUAL(read_from(0, 1), BADF);
}

static int open_descriptors(void) {
    int count = 0;
    for (int number = 0; number < 256; number++)
        count += fcntl(number, F_GETFD) >= 0;
    return count;
}

int main(void) {
    int before = open_descriptors();
    wasmwright_wasi_t wasi = {.standard_streams = {-1, -1, -1}, .input = input, .output = output,
                              .error = output_marked, .user = &script};
    make(&wasi);
    writes();
    errors();
    reads();
    others();
    CHECK_EQUAL(open_descriptors(), before);
    wasmwright_streams_free(instance);

    /* Where a function is null there is the descriptor, or nothing. */
    int pipes[2];
    CHECK_EQUAL(pipe(pipes), 0);
    wasi = (wasmwright_wasi_t){.standard_streams = {-1, -1, pipes[1]}, .output = output, .user = &script};
    make(&wasi);
    plan(64, 0);
    list(TEXT, 5, MORE, 4);
    CHECK_EQUAL(read_from(0, 1), BADF);
    CHECK_EQUAL(write_to(1, 1), 0);
    CHECK_EQUAL(write_to(2, 2), 0);
    char text[16] = "";
    CHECK(read(pipes[0], text, sizeof text - 1) == 9 && strcmp(text, "helloyou!") == 0);
    CHECK(script.calls == 1 && strcmp(script.text, "hello") == 0);
    wasmwright_streams_free(instance);
    close(pipes[0]);
    close(pipes[1]);
    CHECK_EQUAL(open_descriptors(), before);
    puts("done");
    return 0;
}
