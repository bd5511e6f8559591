// SPDX-License-Identifier: MIT
//
// What the runtime needs below Swift: the trap instruction, the thread pointer, the counter.
#pragma once
#include "calls.h"
#include "counter.h"
#include "hash.h"
#include "heap.h"
#include "measure.h"
#include "signals.h"
#include "thread.h"
