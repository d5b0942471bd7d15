# What CPython, compiled to a native program, executes in tests: modules that lean on much of its
# standard library, and a file in the one directory that it was granted.
import collections, dataclasses, decimal, functools, hashlib, itertools, json, os, re, struct, sys, zlib


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = dataclasses.field(default=7, compare=False)


def primes(limit):
    sieve = bytearray([1]) * limit
    for n in range(2, int(limit**0.5) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, limit, n)))
    return [n for n in range(2, limit) if sieve[n]]


@functools.cache
def ackermann(m, n):
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))


print(json.dumps({"version": sys.version_info[:2], "argv": sys.argv[1:], "point": dataclasses.asdict(Point(3))}))
print(max(Point(1, 2), Point(3), key=lambda point: point), Point(1, 2) == Point(1, 3))
print(hashlib.sha256(b"wasmwright" * 1000).hexdigest(), hashlib.md5(b"").hexdigest(), zlib.crc32(b"check"))
print(re.sub(r"(?P<word>\w+)\s+(?P=word)", r"<\g<word>>", "the the quick quick brown fox"))
print(len(primes(100_000)), primes(100)[-1], ackermann(2, 12))
print(decimal.Decimal(1) / decimal.Decimal(7), 0.1 + 0.2, 2**0.5, -7 // 2, -7 % 3, 10**40 // 3**20)
print(struct.pack("<dfQ", 1.5, -0.0, 2**63).hex(), "größer".encode().hex())
print(collections.Counter(itertools.chain.from_iterable(["abra", "cadabra"])).most_common(3))
try:
    json.loads("{")
except ValueError as error:
    print(type(error).__name__, error)

with open("/data/result.json", "w") as file:
    json.dump({"squares": [n * n for n in range(10)]}, file)
print(sorted(os.listdir("/data")), os.path.getsize("/data/result.json"))
try:
    open("/etc/passwd")
except OSError as error:
    print(type(error).__name__)
sys.exit(3)
