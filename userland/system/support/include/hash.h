// SPDX-License-Identifier: MIT
//
// Checksums by the processor's vector instructions.
#pragma once
#include "calls.h"

/// Whether the processor has AVX2, and the kernel keeps its registers.
SYSTEM_INLINE uint8_t system_has_vectors(void) {
  uint32_t a = 0, b, c = 0, d;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (a < 7) return 0;
  a = 1, c = 0;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  // OSXSAVE and AVX.
  if ((c >> 27 & 3) != 3) return 0;
  __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  if ((a & 6) != 6) return 0;
  a = 7, c = 0;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return b >> 5 & 1;
}

/// Takes `count` bytes, a multiple of 32, into SeaHash's four lanes. Only where there are vectors.
void system_hash_lanes(uint64_t *_Nonnull lanes, const void *_Nonnull bytes, uintptr_t count);
