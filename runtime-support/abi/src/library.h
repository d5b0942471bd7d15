/* What a call returns: 0 (WASMWRIGHT_OK), why it was abandoned (WASMWRIGHT_TRAP_...),
 * WASMWRIGHT_EXIT, or a code of your own, from WASMWRIGHT_FIRST_HOST_CODE on, that a function of
 * yours returned. The instance can be called again in every case. */
typedef uint32_t wasmwright_trap_t;

/* Why there is no instance: a code (WASMWRIGHT_ERROR_...), what a call would have returned where the
 * code is WASMWRIGHT_ERROR_TRAP, and a sentence. */
typedef struct wasmwright_error {
    uint32_t code;
    wasmwright_trap_t trap;
    char message[WASMWRIGHT_MESSAGE_BYTES];
} wasmwright_error_t;

/* A vector. Functions take a pointer to one. */
typedef struct wasmwright_v128 {
    uint64_t low, high;
} wasmwright_v128_t;

/* A reference: of a host's object, whatever you want; of a function or an exception, opaque and
 * valid as long as its instance, which other instances may call it of, of whatever library. Null is the null
 * reference. */
typedef void *wasmwright_reference_t;

/* A memory or a table. */
typedef struct wasmwright_memory wasmwright_memory_t;
typedef struct wasmwright_table wasmwright_table_t;

/* The tag of exceptions, which an instance defines: exceptions of one tag are those that handlers of it
 * catch. */
typedef struct wasmwright_tag wasmwright_tag_t;

/* An exception: its tag, and what it carries. Numbers and references are in the lower bits of `low`. */
typedef struct wasmwright_exception {
    wasmwright_tag_t *tag;
    size_t value_count;
    const wasmwright_v128_t *values;
} wasmwright_exception_t;

/* A directory that an instance may open files in. */
typedef struct wasmwright_wasi_directory {
    const char *host;  /* path on the host */
    const char *guest; /* path that the guest sees */
    int32_t read_only; /* other than 0: the guest may only read */
} wasmwright_wasi_directory_t;

/* What an instance may use at most; 0 is no limit but the module's own. Memories and tables that you
 * make have the limits that you make them with. */
typedef struct wasmwright_limits {
    uint64_t memory_bytes;   /* length of each memory: one that begins longer refuses the instance */
    uint64_t table_elements; /* length of each table, likewise */
    uint64_t stack_bytes;    /* of the calling thread's stack; see set_stack_size */
    uint64_t fuel;           /* what may be spent on instructions at first, in libraries that count them;
                              * 0 for what the library was compiled with */
} wasmwright_limits_t;

/* Standard streams that are functions of yours. Each is called on the thread of a call, moves up to `length`
 * bytes, of which there is at least one, sets `*done` to how many it has moved, and returns 0; or it
 * returns an error number of WASI's (preview 1) and has moved none. No byte read is the end of the
 * input. It must not call the instance, and must return. */
typedef uint32_t (*wasmwright_wasi_read_t)(void *user, void *to, size_t length, size_t *done);
typedef uint32_t (*wasmwright_wasi_write_t)(void *user, const void *from, size_t length, size_t *done);

/* Some error numbers of WASI's. */
#define WASMWRIGHT_WASI_AGAIN 6u /* later */
#define WASMWRIGHT_WASI_BADF 8u  /* not open */
#define WASMWRIGHT_WASI_INTR 27u /* interrupted */
#define WASMWRIGHT_WASI_IO 29u   /* what has no better number */
#define WASMWRIGHT_WASI_NOSPC 51u /* no room left */
#define WASMWRIGHT_WASI_PIPE 64u /* nobody reads that any more */

/* What an instance gets from WASI. All but the functions is copied or opened when the instance is made. */
typedef struct wasmwright_wasi {
    size_t argument_count; /* the program's name included */
    const char *const *arguments;
    const char *const *environment; /* NAME=VALUE strings, then null; or null */
    size_t directory_count;
    const wasmwright_wasi_directory_t *directories;
    int32_t standard_streams[3]; /* descriptors of yours for input, output and error; -1 for none */
    wasmwright_wasi_read_t input; /* a function instead of a descriptor; or null */
    wasmwright_wasi_write_t output, error; /* likewise */
    void *user; /* passed to these functions */
} wasmwright_wasi_t;
