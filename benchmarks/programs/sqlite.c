// SQLite, whole: a database in memory is filled, indexed, queried, joined, changed and checked.
// ci/modules brings the source.

#include "benchmark.h"

#define SQLITE_OS_OTHER 1
#define SQLITE_THREADSAFE 0
#define SQLITE_TEMP_STORE 3
#define SQLITE_DEFAULT_MEMSTATUS 0
#define SQLITE_OMIT_LOAD_EXTENSION 1
#define SQLITE_OMIT_DEPRECATED 1
#include "sqlite3.c"

// No file is ever opened: what a database in memory asks of a system.
static int no_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *granted) {
    (void)vfs, (void)name, (void)flags, (void)granted;
    file->pMethods = NULL;
    return SQLITE_CANTOPEN;
}
static int no_path(sqlite3_vfs *vfs, const char *name, int capacity, char *path) {
    (void)vfs, (void)name, (void)capacity;
    path[0] = '\0';
    return SQLITE_OK;
}
static int randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    (void)vfs;
    for (int i = 0; i < count; i++) bytes[i] = (char)benchmark_random();
    return count;
}
static int time_zero(sqlite3_vfs *vfs, double *days) {
    (void)vfs;
    *days = 0;
    return SQLITE_OK;
}
int sqlite3_os_init(void) {
    static sqlite3_vfs none = {
        .iVersion = 1, .szOsFile = sizeof(sqlite3_file), .mxPathname = 64, .zName = "none",
        .xOpen = no_file, .xFullPathname = no_path, .xRandomness = randomness, .xCurrentTime = time_zero,
    };
    return sqlite3_vfs_register(&none, 1);
}
int sqlite3_os_end(void) { return SQLITE_OK; }

static sqlite3 *database;

static void require(int got, int expected) {
    if (got == expected) return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(database));
    exit(4);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    require(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    return statement;
}

static void execute(const char *sql) { require(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK); }

// All rows of all columns go into the checksum.
static void query(const char *sql) {
    sqlite3_stmt *statement = prepare(sql);
    int columns = sqlite3_column_count(statement), state;
    while ((state = sqlite3_step(statement)) == SQLITE_ROW)
        for (int i = 0; i < columns; i++)
            if (sqlite3_column_type(statement, i) == SQLITE_TEXT)
                benchmark_check_bytes(sqlite3_column_text(statement, i), (size_t)sqlite3_column_bytes(statement, i));
            else
                benchmark_check((uint64_t)sqlite3_column_int64(statement, i));
    require(state, SQLITE_DONE);
    sqlite3_finalize(statement);
}

static void insert(uint32_t people, uint32_t orders) {
    static const char *const places[] = {"Oslo", "Lima", "Accra", "Hanoi", "Quito", "Turin", "Perth"};
    execute("CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL, place TEXT, born INTEGER);"
            "CREATE TABLE purchase(id INTEGER PRIMARY KEY, person INTEGER, cents INTEGER, note TEXT); BEGIN");
    sqlite3_stmt *person = prepare("INSERT INTO person(name, place, born) VALUES(?, ?, ?)");
    for (uint32_t i = 0; i < people; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "person %08" PRIx32, benchmark_random());
        sqlite3_bind_text(person, 1, name, length, SQLITE_TRANSIENT);
        sqlite3_bind_text(person, 2, places[benchmark_random() % 7], -1, SQLITE_STATIC);
        sqlite3_bind_int(person, 3, 1920 + (int)(benchmark_random() % 100));
        require(sqlite3_step(person), SQLITE_DONE);
        sqlite3_reset(person);
    }
    sqlite3_finalize(person);
    sqlite3_stmt *purchase = prepare("INSERT INTO purchase(person, cents, note) VALUES(?, ?, hex(?))");
    for (uint32_t i = 0; i < orders; i++) {
        uint32_t note = benchmark_random();
        sqlite3_bind_int(purchase, 1, 1 + (int)(benchmark_random() % people));
        sqlite3_bind_int(purchase, 2, (int)(benchmark_random() % 100000));
        sqlite3_bind_blob(purchase, 3, &note, sizeof note, SQLITE_TRANSIENT);
        require(sqlite3_step(purchase), SQLITE_DONE);
        sqlite3_reset(purchase);
    }
    sqlite3_finalize(purchase);
    execute("CREATE INDEX purchase_person ON purchase(person); CREATE INDEX person_place ON person(place, born); COMMIT");
}

int main(int argc, char **argv) {
    uint32_t size = benchmark_size(argc, argv, 600);
    require(sqlite3_open(":memory:", &database), SQLITE_OK);
    insert(100 * size, 500 * size);
    query("SELECT place, count(*), sum(born), min(name) FROM person GROUP BY place ORDER BY place");
    query("SELECT p.name, sum(o.cents) AS total FROM person p JOIN purchase o ON o.person = p.id"
          " GROUP BY p.id ORDER BY total DESC, p.id LIMIT 100");
    query("SELECT count(*) FROM purchase WHERE note LIKE '%A7%' OR note GLOB '*[0-3]F?'");
    query("SELECT name FROM person WHERE place = 'Lima' AND born BETWEEN 1950 AND 1960 ORDER BY name");
    query("SELECT id, cents, rank() OVER (PARTITION BY person ORDER BY cents, id) FROM purchase ORDER BY id");
    execute("UPDATE purchase SET cents = cents + 7 WHERE id % 3 = 0; UPDATE person SET place = upper(place) WHERE born % 2;"
            "DELETE FROM purchase WHERE note < '4'");
    query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
          " SELECT sum(i * i % 7), max(substr('abcdefghij', i % 10 + 1, 3)) FROM n");
    query("SELECT replace(group_concat(DISTINCT place), 'o', '0'), avg(born) > 1900 FROM person");
    query("PRAGMA integrity_check");
    require(sqlite3_close(database), SQLITE_OK);
    return benchmark_finish();
}
