// Clocks and calendars: they run, do not go back, agree, and sleep takes its time.
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long now(clockid_t clock) {
    struct timespec time_;
    clock_gettime(clock, &time_);
    return time_.tv_sec * 1000000000LL + time_.tv_nsec;
}

int main(void) {
    long long last = now(CLOCK_MONOTONIC);
    int back = 0;
    for (int i = 0; i < 10000; i++) {
        long long time_ = now(CLOCK_MONOTONIC);
        back += time_ < last;
        last = time_;
    }
    printf("went back %d times\n", back);
    struct timeval of_day;
    gettimeofday(&of_day, NULL);
    long long difference = of_day.tv_sec - (long long)time(NULL);
    printf("agree: %d\n", difference >= -2 && difference <= 2 && now(CLOCK_REALTIME) / 1000000000 - of_day.tv_sec <= 2);
    printf("after 2020: %d\n", of_day.tv_sec > 1577836800);
    struct timespec resolution;
    printf("resolution: %d\n", clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_sec == 0 && resolution.tv_nsec > 0);
    long long start = now(CLOCK_MONOTONIC);
    struct timespec nap = {0, 30000000};
    nanosleep(&nap, NULL);
    long long slept = now(CLOCK_MONOTONIC) - start;
    printf("slept: %d\n", slept >= 30000000 && slept < 30000000000);
    time_t when = 951782400; // 29 February 2000
    struct tm parts;
    gmtime_r(&when, &parts);
    char text[100];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %j %a", &parts);
    printf("%s %d\n", text, mktime(&parts) == when);
    parts.tm_mday += 366;
    mktime(&parts);
    strftime(text, sizeof text, "%F", &parts);
    printf("%s\n", text);
    return 0;
}
