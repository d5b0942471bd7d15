//! Rust to be looked at in a debugger: see `debugged.c`.

/// Keeps compilers from knowing a value.
fn keep<T>(value: T) -> T {
    let kept = std::mem::ManuallyDrop::new(value);
    unsafe { std::ptr::read_volatile(&*kept) }
}

#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: f64,
}

enum Shape {
    Empty,
    Circle(f32),
    Box { width: u16, height: i64 },
}

#[derive(Clone, Copy, PartialEq)]
enum Color {
    Red = 1,
    Green = 200,
}

struct Node<'a> {
    value: i32,
    next: Option<&'a Node<'a>>,
    place: Point,
    color: Color,
}

struct Flags(u8, bool);

trait Area {
    fn area(&self) -> f64;
}

impl Area for Shape {
    #[inline(never)]
    fn area(&self) -> f64 {
        let result = match self {
            Shape::Empty => 0.0,
            Shape::Circle(radius) => f64::from(*radius) * 3.0,
            Shape::Box { width, height } => {
                let product = i64::from(*width) * *height;
                println!("product {product}"); /* in the method */
                println!("*width {width}");
                println!("*height {height}");
                product as f64
            }
        };
        keep(result)
    }
}

static COUNTER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(40);
static RATIOS: [f64; 3] = [0.5, 1.5, -2.25];

fn square(x: i32) -> i32 {
    let result = x * x; /* square */
    keep(result)
}

#[inline(never)]
fn visit(list: &Node, limit: i32, scale: f32, big: i64) -> i32 {
    let mut total = 0;
    let mut next = Some(list);
    while let Some(node) = next {
        let s = square(node.value); /* call of square */
        if s > limit {
            println!("node.value {}", node.value); /* in the loop */
            println!("s {s}");
            println!("total {total}");
            println!("limit {limit}");
            println!("scale {scale}");
            println!("big {big}");
            println!("node.place.x {}", node.place.x);
            println!("node.place.y {}", node.place.y);
        }
        total += s;
        next = node.next;
    }
    total
}

#[inline(never)]
fn sum<T: Copy + Into<i64>>(numbers: &[T], name: &str) -> i64 {
    let mut result = 0;
    for number in numbers {
        result += (*number).into();
    }
    println!("result {result}"); /* in the generic function */
    println!("numbers.length {}", numbers.len());
    println!("name.length {}", name.len());
    println!("name {name}");
    println!("numbers[2] {}", numbers[2].into());
    result
}

#[inline(never)]
fn fail(shapes: &[&Shape]) -> u32 {
    shapes.len() as u32 / keep(0u32) /* failure */
}

fn main() {
    let last = Node { value: 30, next: None, place: Point { x: 3, y: 3.5 }, color: Color::Green };
    let middle = Node { value: 20, next: Some(&last), place: Point { x: 2, y: 2.5 }, color: Color::Red };
    let first = Node { value: 10, next: Some(&middle), place: Point { x: 1, y: 1.5 }, color: Color::Red };
    let count = std::env::args().count() as i32;
    let numbers = [11, 22, 33, count];
    let text = if count > 0 { "a text" } else { "none" };
    let flags = Flags(7, count == 1);
    let pair = (count as u8, 'x', -5i16);
    // Not one array: gdb 13 dies of arrays of enumerations, native ones too.
    let (empty, circle) = (Shape::Empty, Shape::Circle(1.5));
    let oblong = Shape::Box { width: 3, height: 1 << 40 };
    let shapes = [&empty, &circle, &oblong];
    let some = Some(count as u32 + 4);
    let none: Option<u32> = None;
    let boxed = Box::new(Point { x: count, y: 8.5 });
    let list = vec![5i16, 6, 7 + count as i16];
    let owned = String::from("owned text");
    let visited = visit(&first, 100, 0.25, 1 << 40); /* call of visit */
    let area: f64 = shapes.iter().map(|shape| shape.area()).sum();
    let sums = sum(&numbers, text) + sum(&list, &owned);
    COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    println!("visited {visited}"); /* at the end */
    println!("area {area}");
    println!("sums {sums}");
    println!("numbers[1] {}", numbers[1]);
    println!("numbers[3] {}", numbers[3]);
    println!("text {text}");
    println!("flags.0 {}", flags.0);
    println!("flags.1 {}", flags.1);
    println!("pair.0 {}", pair.0);
    println!("pair.2 {}", pair.2);
    println!("first.place.y {}", first.place.y);
    println!("first.next.0.next.0.value {}", last.value);
    println!("boxed.x {}", boxed.x);
    println!("boxed.y {}", boxed.y);
    println!("list.len {}", list.len());
    println!("*list.buf.ptr.pointer.pointer@3 {list:?}");
    println!("debugged::RATIOS[2] {}", RATIOS[2]);
    println!("debugged::COUNTER.v.value {}", COUNTER.load(std::sync::atomic::Ordering::Relaxed));
    println!("middle.color {}", if middle.color == Color::Red { "debugged::Color::Red" } else { "?" });
    println!("empty {}", "debugged::Shape::Empty");
    println!("circle {}", "debugged::Shape::Circle(1.5)");
    println!("oblong {}", "debugged::Shape::Box{width: 3, height: 1099511627776}");
    println!("numbers {numbers:?}");
    println!("some {}", "core::option::Option<u32>::Some(5)");
    println!("none {}", "core::option::Option<u32>::None");
    keep((some, none, last.value));
    if count > 1 {
        println!("{}", fail(&shapes));
    }
}
