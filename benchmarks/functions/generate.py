"""Writes a module with one function of a kind and a size: `generate.py KIND SIZE` prints its text.

The sizes are instructions, but arms of `table` and levels of `nest`. The operands are chosen at random, always
the same: what a function does is of no matter, but nothing in it is dead and its values depend on one another.
"""

import random
import sys

LOCALS = 16
NUMBERS = random.Random(1)


def local():
    return f"(local.get {NUMBERS.randrange(LOCALS)})"


def statements(size):
    """Statements of about so many instructions: sums, products, loads and stores."""
    made = []
    while size > 0:
        target, offset = NUMBERS.randrange(LOCALS), NUMBERS.randrange(4096)
        address = f"(i32.and {local()} (i32.const 65535))"
        text, instructions = NUMBERS.choice([
            (f"(local.set {target} (i32.add {local()} {local()}))", 4),
            (f"(local.set {target} (i32.load offset={offset} {address}))", 5),
            (f"(i32.store offset={offset} {address} {local()})", 5),
            (f"(local.set {target} (i32.xor {local()} (i32.mul {local()} (i32.const {offset}))))", 6),
        ])
        made.append(text)
        size -= instructions
    return "\n".join(made)


def repeated(size, of, make):
    return "\n".join(make() for _ in range(max(1, size // of)))


def loop():
    step = "(local.tee 3 (i32.add (local.get 3) (i32.const 1)))"
    return f"(loop $again {statements(20)} (br_if $again (i32.lt_u {step} (local.get 4))))"


def choice():
    return f"(if (i32.lt_s {local()} {local()}) (then {statements(12)}) (else {statements(8)}))"


def table(arms):
    names = [f"$arm{arm}" for arm in range(arms)]
    blocks = "".join(f"(block {name} " for name in reversed(names))
    bodies = "".join(f") {statements(10)} (br $again)" for _ in names)
    return f"(loop $again {blocks} (br_table {' '.join(names)} (i32.load (local.get 0))) {bodies})"


def nest(levels):
    return "".join(f"(if {local()} (then {statements(4)}" for _ in range(levels)) + "))" * levels


KINDS = {
    "straight": statements,
    "loop": lambda size: f"(loop $again {statements(size)} (br_if $again (local.get 0)))",
    "choices": lambda size: repeated(size, 25, choice),
    "loops": lambda size: repeated(size, 28, loop),
    "calls": lambda size: repeated(
        size, 4, lambda: f"(local.set {NUMBERS.randrange(LOCALS)} (call $sum {local()} {local()}))"),
    "table": table,
    "nest": nest,
}

kind, size = sys.argv[1], int(sys.argv[2])
print(f"""(module (memory 4)
    (func $sum (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "_start") (local {"i32 " * LOCALS})
        {KINDS[kind](size)}))""")
