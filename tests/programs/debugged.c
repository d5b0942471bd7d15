/* A program to be looked at in a debugger: tests stop it at its lines and read its variables. It
 * prints each of these values itself. */
#include <stdio.h>
#include <string.h>

enum color { RED, GREEN = 5, BLUE };

struct point {
    int x;
    double y;
};

struct node {
    int value;
    struct node *next;
    struct point place;
    char label[8];
    unsigned flag : 3;
    enum color color;
};

struct named {
    const char *name;
    const struct node *const node;
};

union either {
    struct node *pointer;
    const char *text;
};

union word {
    unsigned bits;
    float number;
};

static const char *greeting = "hello";
int counter = 40;
double ratios[3] = {0.5, 1.5, -2.25};

static inline int square(int x) {
    int result = x * x; /* square */
    return result;
}

__attribute__((noinline)) static int visit(struct node *list, int limit, float scale, long long big) {
    static int visits = 7;
    int total = 0;
    visits++;
    for (struct node *p = list; p; p = p->next) {
        int s = square(p->value); /* call of square */
        if (s > limit && p->next) {
            printf("p->value %d\n", p->value); /* in the loop */
            printf("s %d\n", s);
            printf("visits %d\n", visits);
            printf("p->next->value %d\n", p->next->value);
            printf("total %d\n", total);
            printf("limit %d\n", limit);
            printf("scale %g\n", scale);
            printf("big %lld\n", big);
            fflush(stdout);
        }
        total += s;
        counter++;
    }
    return total;
}

int main(int argc, char **argv) {
    struct node last = {30, NULL, {3, 3.5}, "last", 3, BLUE};
    struct node middle = {20, &last, {2, 2.5}, "middle", 2, GREEN};
    struct node first = {10, &middle, {1, 1.5}, "first", 1, RED};
    int numbers[4] = {11, 22, 33, argc};
    union word word = {.number = 1.0f};
    const char *text = argv[0] ? "a text" : "none";
    struct node *list = &first;
    struct node *nodes[2] = {list, list->next};
    static struct node remembered;
    remembered = first;
    struct node array[2] = {last, first};
    struct named named = {"a name", &last};
    union either either = {.pointer = &first};
    int sum = visit(list, 100, 0.25f, 1LL << 40); /* call of visit */
    printf("sum %d\n", sum); /* at the end */
    printf("numbers[1] %d\n", numbers[1]);
    printf("numbers[3] %d\n", numbers[3]);
    printf("word.bits %u\n", word.bits);
    printf("text %s\n", text);
    printf("list->place.y %g\n", list->place.y);
    printf("first.label %s\n", first.label);
    printf("first.flag %u\n", first.flag);
    printf("middle.value %d\n", middle.value);
    printf("counter %d\n", counter);
    printf("ratios[2] %g\n", ratios[2]);
    printf("greeting %s\n", greeting);
    printf("first.next->next->value %d\n", first.next->next->value);
    printf("remembered.next->value %d\n", remembered.next->value);
    printf("list->next->next->value %d\n", list->next->next->value);
    printf("list->next->label %s\n", list->next->label);
    printf("named.name %s\n", named.name);
    printf("sizeof(struct named) %d\n", (int)sizeof(struct named));
    printf("either.pointer->value %d\n", either.pointer->value);
    printf("array[1].next 0x%x\n", (unsigned)array[1].next);
    printf("array[0].value %d\n", array[0].value);
    printf("(*(struct node *)&array[1]).next->value %d\n", array[1].next->value);
    printf("nodes[1] 0x%x\n", (unsigned)nodes[1]);
    printf("((struct node *)(wasm_memory + (unsigned)array[1].next))->value %d\n", array[1].next->value);
    return last.color == BLUE ? 0 : 1;
}
