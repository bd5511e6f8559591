// SPDX-License-Identifier: MIT
//
// The block operations, which every program for Apus has from the runtime, and the host from its C
// library; and what the reference code's functions for encoded strings need.
#pragma once
#include <stddef.h>

void *memcpy(void *restrict target, const void *restrict source, size_t count);
void *memset(void *target, int byte, size_t count);

static inline size_t argon2_text_length(const char *text) {
  size_t count = 0;
  while (text[count] != 0) count++;
  return count;
}
#define strlen(text) argon2_text_length(text)
