// Prints its own name.
#include <stdio.h>

int main(int count, char **arguments) {
    return count == 1 && puts(arguments[0]) >= 0 ? 0 : 1;
}
