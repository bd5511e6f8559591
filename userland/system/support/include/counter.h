// SPDX-License-Identifier: MIT
//
// Counters and random numbers that the processor offers without a call.
#pragma once
#include "calls.h"

/// The time-stamp counter, read after everything before it has finished.
SYSTEM_INLINE uint64_t system_counter(void) {
  uint32_t low, high;
  __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return ((uint64_t)high << 32) | low;
}

/// Eases a processor that waits in a loop for another.
SYSTEM_INLINE void system_pause(void) { __asm__ volatile("pause"); }

/// 64 random bits from the processor, or zero if it has no source or the source is exhausted.
SYSTEM_INLINE uint64_t system_hardware_random(void) {
  uint32_t a = 1, b, c = 0, d;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (!(c & (1u << 30))) return 0;
  uint64_t value = 0;
  __asm__ volatile("rdrand %0" : "+r"(value) : : "cc");
  return value;
}

/// Which sources the processor has. Bit 0: RDRAND, bit 1: RDSEED.
SYSTEM_INLINE uint32_t system_hardware_sources(void) {
  uint32_t a = 0, b, c = 0, d;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  uint32_t last = a, sources = 0;
  a = 1, c = 0;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (c & (1u << 30)) sources |= 1;
  if (last < 7) return sources;
  a = 7, c = 0;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (b & (1u << 18)) sources |= 2;
  return sources;
}

/// A word of a source, or that it has none at the moment.
struct system_hardware_word {
  uint64_t word;
  uint8_t isThere;
};

/// Only where there is RDRAND.
SYSTEM_INLINE struct system_hardware_word system_hardware_next(void) {
  struct system_hardware_word answer;
  __asm__ volatile("rdrand %0; setc %1" : "=r"(answer.word), "=qm"(answer.isThere) : : "cc");
  return answer;
}

/// Only where there is RDSEED.
SYSTEM_INLINE struct system_hardware_word system_hardware_seed(void) {
  struct system_hardware_word answer;
  __asm__ volatile("rdseed %0; setc %1" : "=r"(answer.word), "=qm"(answer.isThere) : : "cc");
  return answer;
}

/// Eight bytes that another may be changing; nothing after is read before them.
SYSTEM_INLINE uint64_t system_load_acquire(uintptr_t address) {
  return __atomic_load_n((const uint64_t *)address, __ATOMIC_ACQUIRE);
}

/// Eight bytes that another may be reading; nothing before is stored after them.
SYSTEM_INLINE void system_store_release(uintptr_t address, uint64_t value) {
  __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
}
