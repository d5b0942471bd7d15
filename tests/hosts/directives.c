/* Executes the operations of a script, which come on standard input, by the functions that its
 * generated host has for its modules, and writes each outcome to standard output at once. */

#include "directives.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { INSTANTIATE = 1, INVOKE = 2, GET = 3, OUTCOME = 0xa5, STACK_BYTES = 256 << 20 };

static const unsigned char *script, *script_end;
static void **instances;

static void fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static const unsigned char *take(size_t bytes) {
    if ((size_t)(script_end - script) < bytes)
        fail("the script ends inside an operation");
    const unsigned char *taken = script;
    script += bytes;
    return taken;
}

static uint32_t take_u32(void) {
    uint32_t value;
    memcpy(&value, take(sizeof value), sizeof value);
    return value;
}

static void answer(uint32_t status, const slot_t *results, size_t count) {
    unsigned char kind = OUTCOME;
    uint32_t bytes = status ? 0 : (uint32_t)(count * sizeof *results);
    fwrite(&kind, 1, 1, stdout);
    fwrite(&status, sizeof status, 1, stdout);
    fwrite(&bytes, sizeof bytes, 1, stdout);
    fwrite(results, 1, bytes, stdout);
    if (fflush(stdout))
        fail("the outcomes cannot be written");
}

static const item_t *find(const module_t *module, const unsigned char *name, size_t bytes, int is_function) {
    for (size_t index = 0; index < module->item_count; index++) {
        const item_t *item = &module->items[index];
        if (!!item->call == is_function && item->name_bytes == bytes && !memcmp(item->name, name, bytes))
            return item;
    }
    return NULL;
}

/* An operation on an export of an instance; returns the status, and the number of results. */
static uint32_t use(unsigned char kind, uint32_t position, slot_t *slots, size_t *count) {
    uint32_t name_bytes = take_u32();
    const unsigned char *name = take(name_bytes);
    uint32_t bytes = kind == INVOKE ? take_u32() : 0;
    const unsigned char *encoded = take(bytes);
    slot_t arguments[MAXIMUM_SLOTS];
    if (!instances[position])
        return NO_SUCH_MODULE;
    const item_t *item = find(&modules[position], name, name_bytes, kind == INVOKE);
    if (!item)
        return NO_SUCH_EXPORT;
    if (bytes != item->parameters * sizeof *arguments || bytes > sizeof arguments || item->results > MAXIMUM_SLOTS)
        return WRONG_ARGUMENTS;
    memcpy(arguments, encoded, bytes);
    *count = item->results;
    if (kind == INVOKE)
        return item->call(instances[position], arguments, slots);
    item->get(instances[position], slots);
    return 0;
}

static void *run(void *unused) {
    static slot_t slots[MAXIMUM_SLOTS];
    while (script < script_end) {
        unsigned char kind = *take(1);
        uint32_t position = take_u32(), status;
        size_t count = 0;
        if (position >= module_count)
            fail("there is no such module");
        if (kind == INSTANTIATE)
            status = instances[position] ? NO_SUCH_MODULE : modules[position].make(&instances[position]);
        else
            status = use(kind, position, slots, &count);
        answer(status, slots, count);
    }
    return unused;
}

int main(void) {
    size_t length = 0, capacity = 1 << 16;
    unsigned char *text = malloc(capacity);
    instances = calloc(module_count, sizeof *instances);
    while (text && !feof(stdin) && !ferror(stdin)) {
        length += fread(text + length, 1, capacity - length, stdin);
        if (length == capacity)
            text = realloc(text, capacity *= 2);
    }
    if (!text || !instances || ferror(stdin))
        fail("the script cannot be read");
    script = text;
    script_end = text + length;
    /* Instances that call one another by functions of ours each use their share of the stack. */
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) || pthread_attr_setstacksize(&attributes, STACK_BYTES) ||
        pthread_create(&thread, &attributes, run, NULL) || pthread_join(thread, NULL))
        fail("there is no thread to execute the script");
    return 0;
}
