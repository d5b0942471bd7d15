// Lists what is preopened.
#include <stdio.h>
#include <wasi/api.h>

int main(void) {
    for (__wasi_fd_t fd = 3;; fd++) {
        __wasi_prestat_t stat;
        uint8_t name[300] = "";
        if (__wasi_fd_prestat_get(fd, &stat)) break;
        if (__wasi_fd_prestat_dir_name(fd, name, stat.u.dir.pr_name_len)) return 1;
        printf("%d %s\n", (int)fd, name);
    }
    return 0;
}
