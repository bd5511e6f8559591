// SPDX-License-Identifier: MIT
//
// The block operations, which every program for Apus has from the runtime, and the host from its C
// library.
#pragma once
#include <stddef.h>

void *memcpy(void *restrict target, const void *restrict source, size_t count);
void *memmove(void *target, const void *source, size_t count);
void *memset(void *target, int byte, size_t count);
int memcmp(const void *one, const void *other, size_t count);
