// Standard input to standard output: `cat`, `wc`, `upper` by stdio; `raw` by read and write.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void cat(void) {
    int byte;
    while ((byte = getchar()) != EOF) putchar(byte);
}

static void wc(void) {
    long lines = 0, words = 0, bytes = 0;
    int byte, in_word = 0;
    while ((byte = getchar()) != EOF) {
        bytes++;
        lines += byte == '\n';
        words += !in_word && !isspace(byte);
        in_word = !isspace(byte);
    }
    printf("%ld %ld %ld\n", lines, words, bytes);
}

static void upper(void) {
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        for (char *at = line; *at; at++) *at = toupper((unsigned char)*at);
        fputs(line, stdout);
    }
}

static int raw(void) {
    static char buffer[65536];
    ssize_t length;
    while ((length = read(0, buffer, sizeof buffer)) > 0) {
        for (ssize_t done = 0; done < length;) {
            ssize_t taken = write(1, buffer + done, length - done);
            if (taken < 0) return 3;
            done += taken;
        }
    }
    return length < 0;
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "cat";
    if (!strcmp(what, "wc")) wc();
    else if (!strcmp(what, "upper")) upper();
    else if (!strcmp(what, "raw")) return raw();
    else cat();
    return ferror(stdin) || fflush(stdout);
}
