/* The host's own faults reach its own handlers, whether they were installed before ours or after, on
 * threads of any kind, and in children; the guest's do not. */

#include "traps.h"
#include "check.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile int caught;
static struct sigaction before;
static char *forbidden;

static void first(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    CHECK(info->si_addr == forbidden);
    caught++;
    siglongjmp(back, 1);
}

/* Installed later: handles what it knows, hands the rest to the one before. */
static void later(int signal, siginfo_t *info, void *context) {
    if (info->si_addr == forbidden + 4096) {
        caught += 100;
        siglongjmp(back, 1);
    }
    before.sa_sigaction(signal, info, context);
}

static void fault(char *where) {
    if (!sigsetjmp(back, 1))
        *(volatile char *)where = 1;
}

static wasmwright_trap_t raise_fault(void *user, wasmwright_traps_t *instance, uint32_t p0) {
    (void)user, (void)instance;
    fault(forbidden);
    return p0;
}

static wasmwright_trap_t nothing(void *user, wasmwright_traps_t *instance, uint32_t p0) {
    (void)user, (void)instance;
    return p0;
}

static wasmwright_traps_t *make(void) {
    wasmwright_traps_imports_t imports;
    memset(&imports, 0, sizeof imports);
    imports.env_raise = raise_fault;
    imports.env_enter = nothing;
    wasmwright_traps_t *instance = wasmwright_traps_instantiate(&imports, NULL);
    CHECK(instance);
    return instance;
}

static void guest_faults(wasmwright_traps_t *instance) {
    CHECK_EQUAL(traps_load(instance, 65536), WASMWRIGHT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_EQUAL(traps_deep(instance, 0), WASMWRIGHT_TRAP_STACK_OVERFLOW);
    CHECK_EQUAL(traps_load(instance, 65532), WASMWRIGHT_OK);
}

static void install(struct sigaction *old, void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    CHECK_EQUAL(sigaction(SIGSEGV, &action, old), 0);
}

/* A thread with every signal blocked. */
static void *blocked(void *instance) {
    sigset_t everything;
    sigfillset(&everything);
    CHECK_EQUAL(pthread_sigmask(SIG_SETMASK, &everything, NULL), 0);
    guest_faults(instance);
    return NULL;
}

/* Ends by its own fault, after a guest's trap. */
static int status_of_child(wasmwright_traps_t *instance, int faults) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        guest_faults(instance);
        wasmwright_traps_t *own = make();
        guest_faults(own);
        wasmwright_traps_free(own);
        if (faults) {
            signal(SIGSEGV, SIG_DFL);
            *(volatile char *)forbidden = 1;
        }
        _exit(7);
    }
    int status;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    return status;
}

int main(void) {
    forbidden = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(forbidden != MAP_FAILED);
    install(NULL, first);
    wasmwright_traps_t *instance = make();
    guest_faults(instance);
    fault(forbidden);
    CHECK_EQUAL(caught, 1);
    guest_faults(instance);
    /* In a function of the host that the guest called. */
    CHECK_EQUAL(traps_raise(instance, 0x2000), 0x2000);
    CHECK_EQUAL(caught, 2);

    install(&before, later);
    guest_faults(instance);
    fault(forbidden);
    CHECK_EQUAL(caught, 3);
    fault(forbidden + 4096);
    CHECK_EQUAL(caught, 103);
    wasmwright_traps_t *second = make();
    guest_faults(second);
    wasmwright_traps_free(second);

    pthread_t thread;
    CHECK_EQUAL(pthread_create(&thread, NULL, blocked, instance), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    int status = status_of_child(instance, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    status = status_of_child(instance, 1);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    wasmwright_traps_free(instance);
    puts("done");
    return 0;
}
