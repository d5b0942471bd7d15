// A runtime in small: applies its own relocations, as the real one does, and calls the program.
typedef unsigned long u64;
typedef struct { u64 offset, info, addend; } Rela;

extern const u64 _DYNAMIC[] __attribute__((visibility("hidden")));
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
int program(void);
int unused_import(void);

static void relocate(void) {
    u64 base = (u64)__ehdr_start, rela = 0, rela_bytes = 0, relr = 0, relr_bytes = 0;
    for (const u64 *entry = _DYNAMIC; entry[0]; entry += 2) {
        if (entry[0] == 7) rela = base + entry[1];
        if (entry[0] == 8) rela_bytes = entry[1];
        if (entry[0] == 36) relr = base + entry[1];
        if (entry[0] == 35) relr_bytes = entry[1];
    }
    for (const Rela *r = (const Rela *)rela; (u64)r < rela + rela_bytes; r++)
        *(u64 *)(base + r->offset) = base + r->addend;
    u64 *where = 0;
    for (const u64 *r = (const u64 *)relr; (u64)r < relr + relr_bytes; r++) {
        if (!(*r & 1)) {
            where = (u64 *)(base + *r);
            *where++ += base;
            continue;
        }
        for (int bit = 0; bit < 63; bit++)
            if (*r >> (bit + 1) & 1) where[bit] += base;
        where += 63;
    }
}

static void leave(u64 status) {
#ifdef __x86_64__
    __asm__ volatile("syscall" ::"a"(231), "D"(status));
#else
    register u64 x8 __asm__("x8") = 94;
    register u64 x0 __asm__("x0") = status;
    __asm__ volatile("svc 0" ::"r"(x8), "r"(x0));
#endif
    __builtin_unreachable();
}

__attribute__((used)) static void begin(void) {
    relocate();
    leave(program());
}

#ifdef __x86_64__
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  and $-16, %rsp\n  call begin\n");
#else
__asm__(".globl _start\n_start:\n  bl begin\n");
#endif

// Nobody calls it, so it and what it needs must not be linked.
int unused(void) { return unused_import(); }
