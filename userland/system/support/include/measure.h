// SPDX-License-Identifier: MIT
//
// What programs measure themselves with: the counter without a fence, and two no-operations by
// which a plugin of QEMU recognises the start and the end of what is measured.
#pragma once
#include "calls.h"

SYSTEM_INLINE uint64_t system_ticks(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return ((uint64_t)high << 32) | low;
}

SYSTEM_INLINE void system_mark_start(void) {
  __asm__ volatile("nopl 0x4d41524b(%%rax, %%rax, 1)" : : : "memory");
}

SYSTEM_INLINE void system_mark_end(void) {
  __asm__ volatile("nopl 0x454e444d(%%rax, %%rax, 1)" : : : "memory");
}
