/* WASI as the host configures it for each instance. The guest is `guest.c`. */

#include "guest.h"
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_descriptors(void) {
    int count = 0;
    for (int number = 0; number < 256; number++)
        count += fcntl(number, F_GETFD) >= 0;
    return count;
}

struct taken {
    char text[80];
    size_t length;
};

static uint32_t take_few(void *user, const void *from, size_t length, size_t *done) {
    struct taken *taken = user;
    *done = length < 7 ? length : 7;
    CHECK(taken->length + *done < sizeof taken->text);
    memcpy(taken->text + taken->length, from, *done);
    taken->length += *done;
    return 0;
}

int main(int argc, char **argv) {
    CHECK_EQUAL(argc, 2);
    int before = open_descriptors();
    int streams[2];
    CHECK_EQUAL(pipe(streams), 0);
    const char *arguments[] = {"guest", "an argument"};
    const char *environment[] = {"NAME=value", NULL};
    wasmwright_wasi_directory_t directory = {argv[1], "/data", 0};
    wasmwright_wasi_t wasi = {.argument_count = 2, .arguments = arguments, .environment = environment,
                              .directory_count = 1, .directories = &directory,
                              .standard_streams = {-1, streams[1], 2}};
    wasmwright_guest_imports_t imports = {.wasi = &wasi};
    wasmwright_guest_error_t error;
    wasmwright_guest_t *instance = wasmwright_guest_instantiate(&imports, &error);
    CHECK(instance);
    uint32_t result = 0;
    CHECK_EQUAL(guest_tell(instance, &result), WASMWRIGHT_OK);
    CHECK_EQUAL(result, 0);
    char text[200] = "";
    CHECK(read(streams[0], text, sizeof text - 1) > 0);
    CHECK(strcmp(text, "initialised an argument value 5\n") == 0);
    /* The guest's exit ends the call, not the host; what it left open is closed with it. */
    CHECK_EQUAL(guest_leave(instance, 9), WASMWRIGHT_EXIT);
    CHECK_EQUAL(wasmwright_guest_exit_status(instance), 9);
    CHECK_EQUAL(guest_leave(instance, 0), WASMWRIGHT_EXIT);
    CHECK_EQUAL(wasmwright_guest_exit_status(instance), 0);
    wasmwright_guest_free(instance);

    /* Standard output is a function that takes few bytes at once. */
    struct taken taken = {{0}, 0};
    wasi.output = take_few;
    wasi.user = &taken;
    instance = wasmwright_guest_instantiate(&imports, &error);
    CHECK(instance);
    CHECK_EQUAL(guest_tell(instance, &result), WASMWRIGHT_OK);
    CHECK(strcmp(taken.text, "initialised an argument value 5\n") == 0);
    wasmwright_guest_free(instance);
    wasi.output = NULL;

    directory.host = "/nowhere/at/all";
    CHECK(!wasmwright_guest_instantiate(&imports, &error));
    CHECK_EQUAL(error.code, WASMWRIGHT_ERROR_WASI);
    CHECK(strstr(error.message, "it does not exist"));
    /* By default: no arguments, no environment, no directory. */
    instance = wasmwright_guest_instantiate(NULL, &error);
    CHECK(instance);
    CHECK_EQUAL(guest_tell(instance, &result), WASMWRIGHT_OK);
    CHECK_EQUAL(result, 1);
    wasmwright_guest_free(instance);
    close(streams[0]);
    close(streams[1]);
    CHECK_EQUAL(open_descriptors(), before);
    puts("done");
    return 0;
}
