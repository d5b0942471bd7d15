"""wasmwright compile checksum.wat --emit shared -o libchecksum.so
python3 host.py ./libchecksum.so Wikipedia"""

import sys
from ctypes import CDLL, byref, c_char, c_char_p, c_bool, c_size_t, c_uint32, c_uint64, c_void_p, Structure


class Error(Structure):
    """wasmwright_error_t"""

    _fields_ = [("code", c_uint32), ("trap", c_uint32), ("message", c_char * 240)]


def declare(library):
    """The functions of checksum.h that are used here."""
    for name, result, *parameters in [
        ("wasmwright_checksum_instantiate", c_void_p, c_void_p, c_void_p),
        ("wasmwright_checksum_free", None, c_void_p),
        ("wasmwright_checksum_memory_write", c_bool, c_void_p, c_uint64, c_char_p, c_size_t),
        ("checksum_memory", c_void_p, c_void_p),
        ("checksum_adler32", c_uint32, c_void_p, c_uint32, c_uint32, c_void_p),
    ]:
        function = getattr(library, name)
        function.restype, function.argtypes = result, parameters
    return library


def main(path, text):
    library = declare(CDLL(path))
    error = Error()
    instance = library.wasmwright_checksum_instantiate(None, byref(error))
    if not instance:
        sys.exit(error.message.decode())
    data, total = text.encode(), c_uint32()
    if not library.wasmwright_checksum_memory_write(library.checksum_memory(instance), 0, data, len(data)):
        sys.exit("the text does not fit")
    trap = library.checksum_adler32(instance, 0, len(data), byref(total))
    print(f"{total.value:08x}, trap {trap}")
    print("trap", library.checksum_adler32(instance, 65536, 1, byref(total)))
    library.wasmwright_checksum_free(instance)


main(*sys.argv[1:])
