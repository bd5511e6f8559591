// SPDX-License-Identifier: MIT
//
// Room for the heap's own data.
#pragma once
#include "calls.h"

extern uint8_t system_heap_area[2048] __attribute__((aligned(64), visibility("hidden")));

SYSTEM_INLINE uintptr_t system_heap_space(void) { return (uintptr_t)system_heap_area; }

SYSTEM_INLINE intptr_t system_heap_space_bytes(void) { return sizeof system_heap_area; }
