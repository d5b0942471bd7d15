/* The arguments from the last to the first, which another module with its own memory keeps. */
#include <stdio.h>

__attribute__((import_module("words"), import_name("put"))) void put(int letter);
__attribute__((import_module("words"), import_name("end"))) void end(void);
__attribute__((import_module("words"), import_name("take"))) int take(void);

int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        for (const char *letter = arguments[i]; *letter; letter++) put(*letter);
        end();
    }
    for (int letter; (letter = take()) != 0;) putchar(letter);
    putchar('\n');
    return 0;
}
