// Started without standard streams: a file gets another number, and what is written to standard
// error does not end up in it.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int file = open("/data/file", O_CREAT | O_WRONLY, 0644);
    if (file < 3) return 1;
    fputs("lost", stderr);
    puts("lost, too");
    fflush(stdout);
    return write(file, "only this", 9) == 9 ? 0 : 2;
}
