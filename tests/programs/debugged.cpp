// C++ to be looked at in a debugger: see `debugged.c`.
#include <stdio.h>

namespace geometry {

struct Shape {
    int edges;
    explicit Shape(int edges) : edges(edges) {}
    virtual double area() const { return 0; }
};

template <typename T> struct Pair {
    T first, second;
};

class Box : public Shape {
    Pair<double> size;

  public:
    Box(double width, double height) : Shape(4), size{width, height} {}
    double area() const override;
};

__attribute__((noinline)) double Box::area() const {
    double result = size.first * size.second;
    printf("result %g\n", result); /* in the method */
    printf("this->edges %d\n", this->edges);
    printf("size.second %g\n", size.second);
    fflush(stdout);
    return result;
}

} // namespace geometry

template <typename T> __attribute__((noinline)) static T larger(const T &left, const T &right) {
    printf("(int)left %d\n", (int)left); /* in the template */
    printf("(int)right %d\n", (int)right);
    fflush(stdout);
    return left > right ? left : right;
}

enum class Mode { Slow = 2, Fast = 7 };

int main(int argc, char **) {
    geometry::Box box(2.5, argc + 3.0);
    const geometry::Shape &shape = box;
    double area = shape.area();
    int most = larger(argc + 41, 7);
    Mode mode = argc > 5 ? Mode::Slow : Mode::Fast;
    geometry::Pair<short> pair = {short(argc), 12};
    printf("area %g\n", area); /* at the end */
    printf("most %d\n", most);
    printf("shape.edges %d\n", shape.edges);
    printf("pair.second %d\n", pair.second);
    printf("(int)mode %d\n", (int)mode);
    return 0;
}
