// Lua 5.4, whole: its interpreter executes a script of calls, closures, tables, strings, patterns,
// sorting, and what the collector has to do for them. ci/modules brings the source.

#include "benchmark.h"

#define LUA_CORE
#define LUA_LIB
#define ltable_c
#define lvm_c
// The script raises no error, so nothing has to be left by a jump; wasi-libc has none.
#define LUAI_THROW(L, c) abort()
#define LUAI_TRY(L, c, a) { a }
#define luai_jmpbuf int
#define l_signalT int
#define _SETJMP_H
// By default strings are hashed by addresses and the time.
#define luai_makeseed(L) 0x5eedu

#include "lua-5.4.9/lprefix.h"
#include "lua-5.4.9/luaconf.h"
// One file, one unit.
#undef LUAI_FUNC
#undef LUAI_DDEC
#undef LUAI_DDEF
#undef LUA_API
#undef LUALIB_API
#undef LUAMOD_API
#define LUAI_FUNC static
#define LUAI_DDEC(definition)
#define LUAI_DDEF static
#define LUA_API static
#define LUALIB_API static
#define LUAMOD_API static

#pragma clang diagnostic ignored "-Wunused-function"
#include "lua-5.4.9/lzio.c"
#include "lua-5.4.9/lctype.c"
#include "lua-5.4.9/lopcodes.c"
#include "lua-5.4.9/lmem.c"
#include "lua-5.4.9/lundump.c"
#include "lua-5.4.9/ldump.c"
#include "lua-5.4.9/lstate.c"
#include "lua-5.4.9/lgc.c"
#include "lua-5.4.9/llex.c"
#include "lua-5.4.9/lcode.c"
#include "lua-5.4.9/lparser.c"
#include "lua-5.4.9/ldebug.c"
#include "lua-5.4.9/lfunc.c"
#include "lua-5.4.9/lobject.c"
#include "lua-5.4.9/ltm.c"
#include "lua-5.4.9/lstring.c"
#include "lua-5.4.9/ltable.c"
#include "lua-5.4.9/ldo.c"
#include "lua-5.4.9/lvm.c"
#include "lua-5.4.9/lapi.c"
#include "lua-5.4.9/lauxlib.c"
#include "lua-5.4.9/lbaselib.c"
#include "lua-5.4.9/lstrlib.c"
#include "lua-5.4.9/ltablib.c"

static const char SCRIPT[] =
    "local size = ...\n"
    "local sum = 0\n"
    "local function add(n) sum = (sum * 31 + n) & 0xffffffffffff end\n"
    "local state = 42\n"
    "local function random(n) state = (state * 1103515245 + 12345) & 0x7fffffff return state // 65536 % n end\n"
    "local function fibonacci(n) if n < 2 then return n end return fibonacci(n - 1) + fibonacci(n - 2) end\n"
    "local function queens(n)\n"
    "  local rows, up, down, found = {}, {}, {}, 0\n"
    "  local function place(column)\n"
    "    if column > n then found = found + 1 return end\n"
    "    for row = 1, n do\n"
    "      local u, d = row + column, row - column + n\n"
    "      if not (rows[row] or up[u] or down[d]) then\n"
    "        rows[row], up[u], down[d] = true, true, true\n"
    "        place(column + 1)\n"
    "        rows[row], up[u], down[d] = nil, nil, nil\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "  place(1)\n"
    "  return found\n"
    "end\n"
    "local Account = {}\n"
    "Account.__index = Account\n"
    "function Account.new(balance) return setmetatable({balance = balance}, Account) end\n"
    "function Account:deposit(amount) self.balance = self.balance + amount return self end\n"
    "local function words(count)\n"
    "  local list = {}\n"
    "  for i = 1, count do list[i] = string.format('%x-%d', random(30000), i % 97) end\n"
    "  table.sort(list)\n"
    "  local text, counts = table.concat(list, ' '), {}\n"
    "  for head, tail in text:gmatch('(%x+)-(%d+)') do counts[tail] = (counts[tail] or 0) + #head end\n"
    "  for tail = 0, 96 do add(counts[tostring(tail)] or 0) end\n"
    "  add(#text:gsub('%d', function(digit) return digit == '7' and 'seven' or nil end))\n"
    "end\n"
    "local function primes(limit)\n"
    "  local composite, n = {}, 1\n"
    "  local function source()\n"
    "    repeat n = n + 1 until not composite[n]\n"
    "    if n > limit then return nil end\n"
    "    for multiple = n * n, limit, n do composite[multiple] = true end\n"
    "    return n\n"
    "  end\n"
    "  for prime in source do add(prime) end\n"
    "end\n"
    "for round = 1, size do\n"
    "  add(fibonacci(20))\n"
    "  add(queens(7))\n"
    "  local account = Account.new(0.5)\n"
    "  for i = 1, 20000 do account:deposit(i * 0.25) end\n"
    "  add(account.balance // 1 | 0)\n"
    "  words(3000)\n"
    "  primes(20000)\n"
    "end\n"
    "return sum\n";

int main(int argc, char **argv) {
    uint32_t size = benchmark_size(argc, argv, 130);
    lua_State *state = luaL_newstate();
    luaL_requiref(state, LUA_GNAME, luaopen_base, 1);
    luaL_requiref(state, LUA_STRLIBNAME, luaopen_string, 1);
    luaL_requiref(state, LUA_TABLIBNAME, luaopen_table, 1);
    luaL_loadbufferx(state, SCRIPT, sizeof SCRIPT - 1, "script", "t");
    lua_pushinteger(state, size);
    lua_callk(state, 1, 1, 0, NULL);
    benchmark_check((uint64_t)lua_tointegerx(state, -1, NULL));
    return benchmark_finish();
}
