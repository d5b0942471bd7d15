/* Words, handed over by letters and given back in reverse order with dots between them. */
#include <stdlib.h>
#include <string.h>

struct word {
    struct word *next;
    size_t length;
    char letters[];
};

static struct word *last;
static char letters[256];
static size_t length, taken;

__attribute__((export_name("put"))) void put(int letter) { letters[length++] = (char)letter; }

__attribute__((export_name("end"))) void end(void) {
    struct word *word = malloc(sizeof *word + length);
    memcpy(word->letters, letters, word->length = length);
    word->next = last;
    last = word;
    length = 0;
}

__attribute__((export_name("take"))) int take(void) {
    if (!last) return 0;
    if (taken < last->length) return last->letters[taken++];
    struct word *word = last;
    last = word->next;
    free(word);
    taken = 0;
    return last ? '.' : 0;
}
