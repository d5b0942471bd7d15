// sock_*: an echo server for one connection on the preopened listener, which is descriptor 3.
#include "check.h"

IMPORT(sock_accept) i32 raw_sock_accept(i32, i32, i32);
IMPORT(sock_recv) i32 raw_sock_recv(i32, i32, i32, i32, i32, i32);
IMPORT(sock_send) i32 raw_sock_send(i32, i32, i32, i32, i32);
IMPORT(sock_shutdown) i32 raw_sock_shutdown(i32, i32);

int main(void) {
    __wasi_fd_t connection;
    uint8_t text[64];
    __wasi_iovec_t room = {text, sizeof text};
    __wasi_ciovec_t out = {text, 0};
    __wasi_size_t length;
    __wasi_roflags_t flags;
    __wasi_fdstat_t stat;
    OK(__wasi_fd_fdstat_get(3, &stat));
    SAME(__WASI_FILETYPE_SOCKET_STREAM, stat.fs_filetype);
    FAILS(NOTSOCK, __wasi_sock_accept(1, 0, &connection));
    FAILS(BADF, __wasi_sock_accept(12345, 0, &connection));
    FAILS(INVAL, raw_sock_accept(3, 0x100, (i32)&connection));
    FAILS(FAULT, raw_sock_accept(3, 0, OUTSIDE));

    // Nobody is there yet.
    OK(__wasi_fd_fdstat_set_flags(3, __WASI_FDFLAGS_NONBLOCK));
    FAILS(AGAIN, __wasi_sock_accept(3, 0, &connection));
    OK(__wasi_fd_fdstat_set_flags(3, 0));
    fprintf(stderr, "listening\n");
    OK(__wasi_sock_accept(3, 0, &connection));
    OK(__wasi_fd_fdstat_get(connection, &stat));
    SAME(__WASI_FILETYPE_SOCKET_STREAM, stat.fs_filetype);

    OK(__wasi_sock_recv(connection, &room, 1, __WASI_RIFLAGS_RECV_PEEK, &length, &flags));
    CHECK(length == 5 && !memcmp(text, "hello", 5));
    memset(text, 0, 5);
    OK(__wasi_sock_recv(connection, &room, 1, 0, &length, &flags));
    CHECK(length == 5 && !memcmp(text, "hello", 5));
    SAME(0, flags);
    out.buf_len = length;
    OK(__wasi_sock_send(connection, &out, 1, 0, &length));
    SAME(5, length);
    // Files and sockets read and write alike.
    OK(__wasi_fd_write(connection, &out, 1, &length));
    SAME(5, length);
    FAILS(INVAL, raw_sock_recv(connection, (i32)&room, 1, 0x10, (i32)&length, (i32)&flags));
    FAILS(INVAL, raw_sock_send(connection, (i32)&out, 1, 1, (i32)&length));
    FAILS(FAULT, raw_sock_recv(connection, OUTSIDE, 1, 0, (i32)&length, (i32)&flags));
    FAILS(FAULT, raw_sock_send(connection, OUTSIDE, 1, 0, (i32)&length));
    FAILS(NOTSOCK, __wasi_sock_recv(0, &room, 1, 0, &length, &flags));
    FAILS(NOTSOCK, __wasi_sock_send(1, &out, 1, 0, &length));
    FAILS(NOTSOCK, __wasi_sock_shutdown(1, __WASI_SDFLAGS_WR));
    FAILS(BADF, __wasi_sock_shutdown(12345, __WASI_SDFLAGS_WR));
    FAILS(INVAL, raw_sock_shutdown(connection, 0));
    FAILS(INVAL, raw_sock_shutdown(connection, 4));
    OK(__wasi_sock_shutdown(connection, __WASI_SDFLAGS_WR));
    FAILS(PIPE, __wasi_sock_send(connection, &out, 1, 0, &length));
    // The peer closes after it has seen our end.
    OK(__wasi_sock_recv(connection, &room, 1, 0, &length, &flags));
    SAME(0, length);
    OK(__wasi_fd_close(connection));
    return finish();
}
