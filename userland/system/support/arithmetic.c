// SPDX-License-Identifier: MIT
//
// Arithmetic that compilers call by name instead of writing it out: 128-bit shifts and rounding.
#include "CSystem.h"

typedef union {
  unsigned __int128 whole;
  struct {
    uint64_t low, high;
  } half;
} wide;

unsigned __int128 __ashlti3(unsigned __int128 value, int count) {
  wide from = {.whole = value}, to;
  if (count & 64) {
    to.half.low = 0;
    to.half.high = from.half.low << (count & 63);
  } else if (count) {
    to.half.low = from.half.low << count;
    to.half.high = from.half.high << count | from.half.low >> (64 - count);
  } else {
    return value;
  }
  return to.whole;
}

unsigned __int128 __lshrti3(unsigned __int128 value, int count) {
  wide from = {.whole = value}, to;
  if (count & 64) {
    to.half.low = from.half.high >> (count & 63);
    to.half.high = 0;
  } else if (count) {
    to.half.low = from.half.low >> count | from.half.high << (64 - count);
    to.half.high = from.half.high >> count;
  } else {
    return value;
  }
  return to.whole;
}

__int128 __ashrti3(__int128 value, int count) {
  wide from = {.whole = (unsigned __int128)value}, to;
  int64_t high = (int64_t)from.half.high;
  if (count & 64) {
    to.half.low = (uint64_t)(high >> (count & 63));
    to.half.high = (uint64_t)(high >> 63);
  } else if (count) {
    to.half.low = from.half.low >> count | from.half.high << (64 - count);
    to.half.high = (uint64_t)(high >> count);
  } else {
    return value;
  }
  return (__int128)to.whole;
}

/// The whole number next to `value` towards zero. From 2^52 on every number is whole; the sign of a
/// zero stays.
double trunc(double value) {
  if (!(__builtin_fabs(value) < 4503599627370496.0)) return value;
  return __builtin_copysign((double)(int64_t)value, value);
}
