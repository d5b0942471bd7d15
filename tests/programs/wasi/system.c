// clock_res_get, clock_time_get, random_get, sched_yield, proc_raise (the part that returns).
#include "check.h"

IMPORT(clock_time_get) i32 raw_clock_time_get(i32, i64, i32);
IMPORT(clock_res_get) i32 raw_clock_res_get(i32, i32);
IMPORT(random_get) i32 raw_random_get(i32, i32);
IMPORT(proc_raise) i32 raw_proc_raise(i32);

int main(void) {
    __wasi_timestamp_t before, after, resolution;
    for (unsigned clock = 0; clock < 4; clock++) {
        OK(__wasi_clock_res_get(clock, &resolution));
        CHECK(resolution > 0 && resolution <= 1000000000);
        OK(__wasi_clock_time_get(clock, 1, &before));
        for (volatile int i = 0; i < 1000000; i++) {}
        OK(__wasi_clock_time_get(clock, 0, &after));
        CHECK(after > before || clock == 0);
    }
    OK(__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 0, &before));
    CHECK(before > 1577836800000000000u);
    FAILS(INVAL, raw_clock_time_get(4, 0, (i32)&before));
    FAILS(INVAL, raw_clock_time_get(-1, 0, (i32)&before));
    FAILS(INVAL, raw_clock_res_get(4, (i32)&before));
    FAILS(FAULT, raw_clock_time_get(0, 0, OUTSIDE));
    FAILS(FAULT, raw_clock_res_get(0, OUTSIDE));

    static uint8_t bytes[100001];
    OK(__wasi_random_get(bytes, sizeof bytes - 1));
    int counts[256] = {0}, rare = 0;
    for (size_t i = 0; i < sizeof bytes - 1; i++) counts[bytes[i]]++;
    // About 390 each; fewer than 200 or more than 600 would not happen in the age of the universe.
    for (int i = 0; i < 256; i++) rare += counts[i] < 200 || counts[i] > 600;
    SAME(0, rare);
    SAME(0, bytes[sizeof bytes - 1]);
    OK(__wasi_random_get(bytes, 0));
    FAILS(FAULT, raw_random_get(OUTSIDE, 100));
    FAILS(FAULT, raw_random_get((i32)bytes, 0x7fffffff));

    for (int i = 0; i < 10; i++) OK(__wasi_sched_yield());
    FAILS(INVAL, raw_proc_raise(200));
    return finish();
}
