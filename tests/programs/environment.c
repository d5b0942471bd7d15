// Arguments and environment. The first variable in PROBE_… order of the arguments is looked up.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static int is_probe(const char *entry) {
    return !strncmp(entry, "PROBE_", 6);
}

int main(int count, char **arguments) {
    printf("%d arguments, %s after them\n", count - 1, arguments[count] ? "something" : "nothing");
    for (int i = 1; i < count; i++) printf("%zu `%s` %s\n", strlen(arguments[i]), arguments[i], getenv(arguments[i]) ? getenv(arguments[i]) : "(unset)");
    int probes = 0;
    for (char **entry = environ; entry && *entry; entry++) probes += is_probe(*entry);
    printf("%d probes\n", probes);
    setenv("PROBE_NEW", "new", 1);
    setenv("PROBE_A", "changed", 0);
    printf("%s %s\n", getenv("PROBE_NEW"), getenv("PROBE_A") ? getenv("PROBE_A") : "(unset)");
    unsetenv("PROBE_A");
    printf("%s\n", getenv("PROBE_A") ? getenv("PROBE_A") : "(unset)");
    fprintf(stderr, "to standard error: %d\n", count);
    errno = 0;
    exit(count > 1 && !strcmp(arguments[1], "exit") ? atoi(arguments[2]) : 0);
}
