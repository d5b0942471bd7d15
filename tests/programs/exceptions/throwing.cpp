// What C++ does with exceptions: by type, value and reference, through destructors and constructors,
// rethrown, kept, and through ten thousand frames.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>
#include <memory>
#include <map>

static int live = 0;
struct Tracked {
    int id;
    explicit Tracked(int id) : id(id) { ++live; }
    Tracked(const Tracked &o) : id(o.id) { ++live; }
    ~Tracked() { --live; }
};
struct Base { virtual ~Base() = default; virtual const char *name() const { return "base"; } };
struct Derived : Base { const char *name() const override { return "derived"; } };
struct Other { long long a[5]; };

__attribute__((noinline)) void raise(int kind) {
    Tracked t(kind);
    switch (kind) {
    case 0: throw 42;
    case 1: throw std::runtime_error("runtime");
    case 2: throw Derived();
    case 3: throw Other{{1, 2, 3, 4, 5}};
    case 4: throw std::string("text");
    case 5: throw "literal";
    case 6: std::vector<int>(3).at(10) = 1; break;
    case 7: std::map<int, int>().at(7) = 1; break;
    case 8: throw std::invalid_argument("bad");
    case 9: throw Tracked(9);
    }
}
__attribute__((noinline)) std::string classify(int kind) {
    Tracked outer(100);
    try {
        Tracked inner(200);
        raise(kind);
        return "nothing";
    } catch (int value) {
        return "int " + std::to_string(value);
    } catch (const std::out_of_range &) {
        return "out_of_range";
    } catch (const std::exception &error) {
        return std::string("exception ") + typeid(error).name();
    } catch (const Base &base) {
        return base.name();
    } catch (const Other &other) {
        return "other " + std::to_string(other.a[4]);
    } catch (const std::string &text) {
        return "string " + text;
    } catch (const char *text) {
        return std::string("literal ") + text;
    } catch (...) {
        return "unknown";
    }
}
// Nested rethrow: each level catches, throws another, and catches that.
__attribute__((noinline)) int nest(int depth) {
    Tracked t(depth);
    try {
        if (depth == 0) throw 1;
        return nest(depth - 1);
    } catch (int value) {
        try {
            try { throw; }
            catch (int same) { throw std::runtime_error(std::to_string(same * 2 % 1000)); }
        } catch (const std::runtime_error &error) {
            if (depth % 2) throw std::atoi(error.what()) + 1;
            try { throw; } catch (std::exception &again) { throw std::atoi(again.what()) + 2; }
        }
    }
    return -1;
}
__attribute__((noinline)) int deep(int depth) {
    Tracked t(depth);
    if (depth == 0) throw std::runtime_error("deep");
    int result = deep(depth - 1);
    return result + t.id;
}
struct Throws { ~Throws() noexcept(false) { throw 7; } };
static int from_destructor() {
    try { Throws t; (void)t; } catch (int value) { return value; }
    return 0;
}
static int in_constructor() {
    struct Part { Tracked a{1}, b{2}; Part() { throw 5; } };
    try { auto part = std::make_unique<Part>(); (void)part; } catch (int value) { return value; }
    return 0;
}
static std::string pointer() {
    std::exception_ptr kept;
    try { raise(1); } catch (...) { kept = std::current_exception(); }
    raise(10);
    try { std::rethrow_exception(kept); } catch (const std::exception &error) { return error.what(); }
    return "lost";
}
static int function_try(int x) try { raise(x); return 0; } catch (...) { return x + 1; }
static int loop(int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) {
        try { raise(i % 10); } catch (int v) { sum += v; } catch (...) { sum += 1; }
    }
    return sum;
}
int main() {
    for (int kind = 0; kind <= 10; kind++) std::printf("%d: %s\n", kind, classify(kind).c_str());
    for (int depth : {0, 1, 2, 3, 50}) {
        try { nest(depth); } catch (int value) { std::printf("nest %d: %d\n", depth, value); }
    }
    try { deep(10000); } catch (const std::exception &error) { std::printf("deep: %s\n", error.what()); }
    std::printf("destructor %d constructor %d pointer %s function %d\n", from_destructor(), in_constructor(),
                pointer().c_str(), function_try(4));
    std::printf("loop %d uncaught %d live %d\n", loop(100000), std::uncaught_exceptions(), live);
    return live;
}
