"""Something of much: what is imported, computed, written and raised must be the same everywhere."""

import base64, collections, dataclasses, datetime, decimal, functools, hashlib, hmac, io, itertools, json
import math, os, random, re, statistics, string, struct, sys, textwrap, zlib
from fractions import Fraction


@dataclasses.dataclass(order=True, frozen=True)
class Point:
    x: float
    y: float = 0.5
    tags: tuple = dataclasses.field(default=(), compare=False)

    def distance(self, other):
        return math.hypot(self.x - other.x, self.y - other.y)


def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    sieve[:2] = b"\0\0"
    for number in range(2, int(limit**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    return [number for number in range(limit + 1) if sieve[number]]


def main(directory):
    print(sys.version_info[:2], sys.platform, sys.byteorder, sys.maxsize)

    points = sorted(Point(math.sin(i) * 10, i / 3, ("even" if i % 2 == 0 else "odd",)) for i in range(5))
    print(points[0], dataclasses.asdict(points[-1]), points[0].distance(points[1]))
    try:
        points[0].x = 1
    except dataclasses.FrozenInstanceError as error:
        print("frozen:", error)

    record = {"name": "ä\u20ac\U0001f600", "values": [1, 2.5, None, True, 1e300, -0.0], "nested": {"empty": [], "text": "a\"b\\c\n"}}
    text = json.dumps(record, sort_keys=True)
    print(text, json.loads(text) == record)
    print(json.dumps(record, ensure_ascii=False, indent=1).count("\n"))
    try:
        json.loads('{"a": [1, 2,, 3]}')
    except json.JSONDecodeError as error:
        print("json:", error)

    print(re.sub(r"(?P<word>\b\w)(\w*)", lambda match: match["word"].upper() + match[2], "the quick  brown_fox, über 42"))
    print(re.findall(r"(\d{4})-(\d\d)-(\d\d)(?=T|$)", "2024-02-29T10:00 1999-12-31 2000-1-1"), re.split(r"[,;]\s*", "a, b;c,d"))
    print(re.match(r"^(a+)+$", "a" * 22) is not None, bool(re.search(r"(?i)straße", "STRASSE straße")))

    data = bytes(range(256)) * 100
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"):
        print(name, hashlib.new(name, data).hexdigest())
    print(hmac.new(b"key", data, "sha256").hexdigest(), zlib.crc32(data), zlib.adler32(data))
    packed = zlib.compress(data * 10, 9)
    print(len(packed), zlib.decompress(packed) == data * 10, base64.b85encode(data[:30]), struct.pack("<ihdq", -1, 2, 3.5, 2**40).hex())

    found = primes(200000)
    print(len(found), found[-1], sum(found) % 1000003, math.factorial(200) % (10**9 + 7), pow(3, 10**18, 10**9 + 9), 2**500 % 10**20)
    print(decimal.Decimal(2).sqrt(), Fraction(1, 3) + Fraction(1, 6), math.fsum([0.1] * 10), 0.1 + 0.2, 1e22, 5e-324, float("inf") - 1)
    random.seed(12345)
    sample = [random.gauss(0, 1) for _ in range(1000)]
    print(random.random(), random.randrange(10**30), statistics.mean(sample), statistics.pstdev(sample))
    print(round(2.675, 2), round(2.5), -7 // 2, -7 % 3, math.gcd(2**40, 6**20), math.isqrt(10**41), divmod(-(10**20), 7))
    print(datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc).isoformat(), datetime.date(2000, 1, 1) + datetime.timedelta(days=10000))
    print(functools.reduce(lambda a, b: a ^ b, itertools.accumulate(range(1000))), collections.Counter("mississippi").most_common(3))
    print(textwrap.shorten("hello " * 20, 30), string.Template("$a-$b").substitute(a=1, b="x"), f"{3.14159:>10.3f}|{255:#06x}|{'é':^5}|{12345678:,}")

    path = os.path.join(directory, "written.txt")
    with open(path, "w", encoding="utf-8") as file:
        for number in range(1000):
            file.write(f"{number:04d} {hashlib.sha256(str(number).encode()).hexdigest()} ö\n")
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    print(len(lines), os.path.getsize(path), lines[777].strip(), sorted(os.listdir(directory)))
    os.rename(path, os.path.join(directory, "result.txt"))
    os.mkdir(os.path.join(directory, "made"))
    print(sorted(os.listdir(directory)), os.path.isdir(os.path.join(directory, "made")))
    try:
        open("/etc/passwd")
    except OSError as error:
        print("outside:", type(error).__name__)

    def deep(depth):
        return 0 if depth == 0 else 1 + deep(depth - 1)

    print(deep(500))
    try:
        deep(10**6)
    except RecursionError as error:
        print("recursion:", str(error)[:32])
    buffer = io.StringIO()
    print(*(sorted({"b", "a", "c"})), sep="", end="!", file=buffer)
    print(buffer.getvalue(), sum(x * x for x in range(100000)), "".join(sorted(string.ascii_letters, key=str.swapcase)))
    print(sys.stdin.read().strip().upper(), sys.argv[1:])
    print("to standard error", file=sys.stderr)
    sys.exit(3)


main(sys.argv[1])
