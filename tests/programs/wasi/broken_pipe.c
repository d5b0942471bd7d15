// Writes to standard output until its reader has gone; ends with 7 if that is EPIPE.
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    static char block[4096];
    for (int i = 0; i < 1000000; i++) {
        if (write(1, block, sizeof block) >= 0) continue;
        fputs(errno == EPIPE ? "EPIPE\n" : "another error\n", stderr);
        return errno == EPIPE ? 7 : 1;
    }
    return 2;
}
